/**
 * Load on clusters that run, and what it shows: the papers' micro-benchmarks (requests and replies
 * of given sizes, by many clients), and histories of reads and writes for linearizability checkers.
 *
 * <p>{@link dev.lockstep.benchmarks.Benchmark} runs one, as {@link
 * dev.lockstep.benchmarks.BenchOptions} say, on a {@link dev.lockstep.benchmarks.BenchCluster}: the
 * replicas as processes of their own, or all in this one.
 */
package dev.lockstep.benchmarks;
