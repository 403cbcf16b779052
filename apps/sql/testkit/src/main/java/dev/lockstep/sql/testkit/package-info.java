/** A replicated database in one JVM, for tests of what uses one and of what it is made of. */
package dev.lockstep.sql.testkit;
