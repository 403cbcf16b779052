/** Whole clusters in one JVM, without files, for the unit tests of services. */
package dev.lockstep.testkit;
