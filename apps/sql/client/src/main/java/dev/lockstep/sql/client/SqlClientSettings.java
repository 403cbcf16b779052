package dev.lockstep.sql.client;

/**
 * How a client goes about it. All of this is its own business; the group checks everything.
 *
 * @param operationPatienceMillis how long the master may take over one step before the client asks
 *     for another master, which is given twice as long. Longer than engines wait for locks, which is
 *     four seconds
 * @param timeoutMillis how long a call waits altogether, unless its session says otherwise
 * @param idBlock how many values of a sequence are reserved at a time, once a session has drawn one
 */
public record SqlClientSettings(
    SqlVariant variant, int operationPatienceMillis, int timeoutMillis, int idBlock) {
  public SqlClientSettings {
    atLeast("operationPatienceMillis", operationPatienceMillis);
    atLeast("timeoutMillis", timeoutMillis);
    atLeast("idBlock", idBlock);
  }

  private static void atLeast(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + " but must be at least 1");
    }
  }

  /** The optimised variant, five seconds for a step, thirty for a call, 16 values at a time. */
  public static SqlClientSettings defaults() {
    return new SqlClientSettings(SqlVariant.OPTIMISED, 5_000, 30_000, 16);
  }

  public SqlClientSettings with(SqlVariant other) {
    return new SqlClientSettings(other, operationPatienceMillis, timeoutMillis, idBlock);
  }
}
