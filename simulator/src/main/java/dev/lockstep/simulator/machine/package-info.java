/**
 * The mechanics of a simulated cluster, without a plan of what happens: {@link
 * dev.lockstep.simulator.machine.World} has the virtual time and holds the parts, which are the
 * machines of the replicas with their processes and disks, the links, and the clients. Everything
 * that takes time is an event in one queue; events of the same time happen in the order in which
 * they were put there. {@code run} lets faults and work come from a seed, {@code script} from a
 * test.
 */
package dev.lockstep.simulator.machine;
