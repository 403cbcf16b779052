package dev.lockstep.protocol.rules;

/** What delivery decides about sequences and about ordered time (RULES 7, 9, 10). */
public interface DeliveryRule {
  DeliveryRule STANDARD = new DeliveryRule() {};

  /** Microseconds by which one instance can bring the expiry of sessions nearer at most (F12). */
  long SESSION_TIME_STEP_MICROS = 1_000_000;

  /** Whether the sequence was executed already; it must never be executed again (RULES 10). */
  default boolean isDuplicate(long lastExecuted, long sequence) {
    return sequence <= lastExecuted;
  }

  /** Whether it is the sequence's turn; one whose turn has not come stays pending (F8). */
  default boolean isNext(long lastExecuted, long sequence) {
    return sequence == lastExecuted + 1;
  }

  /**
   * How far the clock by which sessions expire advances when ordered time advances. The bound means
   * that a group that stood still for an hour does not expire every session with its next batch,
   * before any client could speak (RULES 9, F12).
   *
   * @param previousTime ordered time of the instance before, in microseconds
   * @param time ordered time of this instance, in microseconds
   * @return microseconds
   */
  default long sessionTimeStep(long previousTime, long time) {
    return Math.min(time - previousTime, SESSION_TIME_STEP_MICROS);
  }

  /** Ordered time of an instance, in microseconds: strictly increasing (RULES 7). */
  default long deliveredTime(long previous, long proposed) {
    return Math.max(previous + 1, proposed);
  }
}
