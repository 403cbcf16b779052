/**
 * Load on a real cluster whose results are judged: {@link
 * dev.lockstep.testkit.workload.MapWorkload} runs clients on a map of lists, {@link
 * dev.lockstep.testkit.workload.History} decides with the simulator's checker whether what they saw
 * is linearizable, {@link dev.lockstep.testkit.workload.Completions} says how fast they were when.
 */
package dev.lockstep.testkit.workload;
