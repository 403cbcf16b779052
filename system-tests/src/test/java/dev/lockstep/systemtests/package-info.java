/** Clusters of real processes under load, under faults and under attack. */
package dev.lockstep.systemtests;
