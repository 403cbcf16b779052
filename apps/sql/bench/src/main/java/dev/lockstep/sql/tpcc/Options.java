package dev.lockstep.sql.tpcc;

import java.util.List;

/**
 * How the transactions are run.
 *
 * @param terminals each with a connection of its own; ten for each warehouse in the specification
 * @param think whether terminals type and think as persons do
 * @param warmupSeconds before anything is measured
 * @param seconds of the measurement
 * @param seed of what is drawn
 * @param processes whose processor time is measured, by their numbers, with those that they begin
 */
public record Options(
    Scale scale,
    int terminals,
    boolean think,
    int warmupSeconds,
    int seconds,
    long seed,
    List<Long> processes) {
  /** Checks the numbers. */
  public Options {
    processes = List.copyOf(processes);
    if (terminals < 1 || warmupSeconds < 0 || seconds < 1) {
      throw new IllegalArgumentException("There must be terminals and seconds");
    }
  }
}
