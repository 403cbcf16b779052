/**
 * Clusters that follow a script, for scenario tests: {@link
 * dev.lockstep.simulator.script.SimCluster} lets time pass, holds and drops messages, crashes
 * replicas, and asks what came of it. The checkers watch as in a run of a seed.
 */
package dev.lockstep.simulator.script;
