package dev.lockstep.sql.bench;

/**
 * How long and how hard a workload is that leaves a history.
 *
 * @param processes how many connections work at the same time
 * @param transactions how many transactions are begun in all
 * @param seed of what is drawn
 */
public record ConsistencyOptions(int processes, long transactions, long seed) {
  /** Checks the numbers. */
  public ConsistencyOptions {
    if (processes < 1 || transactions < 1) {
      throw new IllegalArgumentException("There must be processes and transactions");
    }
  }
}
