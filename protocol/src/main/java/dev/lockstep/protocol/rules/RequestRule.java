package dev.lockstep.protocol.rules;

/** What makes requests authentic, old, and a reason to suspect the leader (RULES 10 to 13). */
public interface RequestRule {
  RequestRule STANDARD = new RequestRule() {};

  /** Only delivery makes a sequence old, never reception (RULES 10). */
  default boolean isOld(long lastExecuted, long sequence) {
    return sequence <= lastExecuted;
  }

  /** A request has a deadline only while it is its session's next here (F8). */
  default boolean hasDeadline(boolean isNext) {
    return isNext;
  }

  /**
   * Whether the execution of a request extends the deadline of the one that has waited longest:
   * only if it had been received before it (RULES 36, F16), else a censored request would wait for
   * ever.
   */
  default boolean extendsDeadline(boolean receivedEarlier) {
    return receivedEarlier;
  }
}
