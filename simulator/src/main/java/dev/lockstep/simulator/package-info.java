/**
 * Whole clusters and their clients in one thread, on virtual time, from one seed.
 *
 * <p>{@link dev.lockstep.simulator.Simulation} runs one seed: {@link
 * dev.lockstep.simulator.RunConfig} draws everything about it, {@code World} is the mechanics
 * (event queue, network, disks, clocks, processes), and the checkers of {@link
 * dev.lockstep.simulator.check} watch through {@link dev.lockstep.simulator.Observer}. {@link
 * dev.lockstep.simulator.SimulationRunner} runs many seeds, {@link dev.lockstep.simulator.Shrinker}
 * makes a failing one smaller, {@link dev.lockstep.simulator.SimCluster} follows a script instead
 * of a seed.
 *
 * <p>The same seed and restrictions give the same run, event by event: all randomness comes from
 * streams that are derived from the seed, one for each purpose, events of the same time keep their
 * order, and nothing iterates in hash order.
 */
package dev.lockstep.simulator;
