/**
 * Whether what clients of a store saw can be explained by one order of their operations: {@link
 * dev.lockstep.histories.History} records and judges, {@link dev.lockstep.histories.KvOperation} is
 * what a history consists of, {@link dev.lockstep.histories.KvModel} says what the answers should
 * have been. The simulator, the tests on real clusters and the benchmarks judge with the same
 * search.
 */
package dev.lockstep.histories;
