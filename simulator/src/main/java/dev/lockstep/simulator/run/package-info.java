/**
 * Runs of seeds: {@link dev.lockstep.simulator.run.Simulation} is one run with its faults and its
 * checks, {@link dev.lockstep.simulator.run.SimulationRunner} makes many of them on several
 * threads, {@link dev.lockstep.simulator.run.Shrinker} makes a failing one smaller, and {@link
 * dev.lockstep.simulator.run.TraceHashes} tells whether a rebuilding changed anything.
 */
package dev.lockstep.simulator.run;
