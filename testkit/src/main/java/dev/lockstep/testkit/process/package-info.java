/**
 * Clusters of real processes on this machine, to be killed, stopped and restarted: {@link
 * dev.lockstep.testkit.process.ProcessCluster}.
 */
package dev.lockstep.testkit.process;
