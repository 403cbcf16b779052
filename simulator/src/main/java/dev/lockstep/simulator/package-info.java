/**
 * Whole clusters and their clients in one thread, on virtual time, from one seed.
 *
 * <p>Who reads this module goes by its packages, each of which knows those above it only:
 *
 * <ul>
 *   <li>this one: what everybody needs to know of a run: what can be seen of it ({@link
 *       dev.lockstep.simulator.Observer}), what is wrong with it ({@link
 *       dev.lockstep.simulator.Violation}), and the keys of the simulated world
 *   <li>{@code check}: what must hold, told from what can be seen
 *   <li>{@code adversary}: Byzantine replicas and clients
 *   <li>{@code plan}: everything about a run that is known before it starts, and how it is drawn
 *   <li>{@code machine}: processes, disks, clocks, links and clients in virtual time
 *   <li>{@code run}: seeds: one run, many of them, a failing one made smaller
 *   <li>{@code script}: a cluster that follows a script instead of a seed, for scenario tests
 *   <li>{@code mutant}: the protocol with one rule broken, to see that the checkers notice
 * </ul>
 *
 * <p>The same seed and restrictions give the same run, event by event: all randomness comes from
 * streams that are derived from the seed, one for each purpose, events of the same time keep their
 * order, and nothing iterates in hash order. docs/simulation.md tells how to work with it.
 */
package dev.lockstep.simulator;
