package dev.lockstep.protocol.replica.kernel;

/** The time of the event that is handled. Only {@code Replica} moves it; everybody reads it. */
public final class Clock {
  private long now;
  private long wall;

  /**
   * A new event begins.
   *
   * @param nowMicros monotonic time; an earlier one than before counts as the same
   * @param wallMicros wall clock, which may jump
   */
  public void set(long nowMicros, long wallMicros) {
    now = Math.max(now, nowMicros);
    wall = wallMicros;
  }

  /** Monotonic time in microseconds: for all timers. */
  public long now() {
    return now;
  }

  /** Wall clock in microseconds since the epoch: for timestamps of batches only (RULES 7). */
  public long wall() {
    return wall;
  }
}
