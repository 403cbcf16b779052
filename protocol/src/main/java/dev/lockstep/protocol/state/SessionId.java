package dev.lockstep.protocol.state;

/**
 * The id of a session is the position of the OPEN that made it (RULES 9): the instance, then 16
 * bits for the index among the references of its batch. Instances count from 1, so no id is 0,
 * which in a reference stands for an OPEN.
 */
public final class SessionId {
  /** Most references in a batch for which every position has an id of its own. */
  public static final int REFERENCES_MAX = 1 << 16;

  private SessionId() {}

  public static long of(long instance, int index) {
    if (instance < 1 || instance >= 1L << 47 || index < 0 || index >= REFERENCES_MAX) {
      throw new IllegalArgumentException(
          "no session can have the position " + instance + "." + index);
    }
    return instance << 16 | index;
  }

  /** The instance whose delivery made the session, or would have. Any value has an answer. */
  public static long instance(long session) {
    return session >> 16;
  }
}
