/**
 * Load on a real cluster whose results are judged: {@link
 * dev.lockstep.testkit.workload.MapWorkload} runs clients on a map of lists, a {@link
 * dev.lockstep.histories.History} decides whether what they saw is linearizable, {@link
 * dev.lockstep.testkit.workload.Completions} says how fast they were when.
 */
package dev.lockstep.testkit.workload;
