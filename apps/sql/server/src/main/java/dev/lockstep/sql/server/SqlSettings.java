package dev.lockstep.sql.server;

/**
 * What must be the same on all replicas.
 *
 * @param transactionMicrosMax how long a transaction may be open, by the group's time
 * @param transactionsMax how many may be open at a time, of all clients together
 * @param transactionsPerClientMax the same of one client
 * @param baseBytesMax bytes of commands after which the group waits for a moment without open
 *     transactions, to begin its checkpoints anew from there
 * @param drainMicros how long it waits for that moment before it rolls back those that are open
 */
public record SqlSettings(
    long transactionMicrosMax,
    int transactionsMax,
    int transactionsPerClientMax,
    long baseBytesMax,
    long drainMicros) {
  public SqlSettings {
    atLeast("transactionMicrosMax", transactionMicrosMax, 1);
    atLeast("transactionsMax", transactionsMax, 1);
    atLeast("transactionsPerClientMax", transactionsPerClientMax, 1);
    atLeast("baseBytesMax", baseBytesMax, 1);
    atLeast("drainMicros", drainMicros, 0);
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + " but must be at least " + least);
    }
  }

  /** Five minutes for a transaction, 200 at a time, 16 MB of commands. */
  public static SqlSettings defaults() {
    return new SqlSettings(300_000_000L, 200, 150, 16L << 20, 2_000_000L);
  }
}
