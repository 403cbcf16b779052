package dev.lockstep.sql.history;

/**
 * A transaction from its invocation to its outcome.
 *
 * @param operation with what its reads found, if it committed
 * @param outcome not {@link Outcome#INVOKE}
 * @param begin index of its invocation
 * @param end index of its outcome; {@link #NEVER} if nothing is known about it
 */
public record Call(long process, Operation operation, Outcome outcome, long begin, long end) {
  /** After every event of a history. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Whether it committed for sure. */
  public boolean isCommitted() {
    return outcome == Outcome.OK;
  }

  @Override
  public String toString() {
    return "T" + begin;
  }
}
