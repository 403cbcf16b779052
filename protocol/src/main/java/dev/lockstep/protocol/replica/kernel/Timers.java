package dev.lockstep.protocol.replica.kernel;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * All timers of a replica. What is due is asked of the state that it follows from, never noted twice;
 * and whatever fires is what {@link #next} has announced, by construction.
 */
public final class Timers {
  /** The time of a timer that is not set. */
  public static final long NEVER = Long.MAX_VALUE;

  private record Entry(LongSupplier due, Runnable action) {}

  private final Clock clock;
  private final Map<Timer, Entry> entries = new EnumMap<>(Timer.class);

  public Timers(Clock clock) {
    this.clock = clock;
  }

  /**
   * Sets a timer for good.
   *
   * @param due when it is to fire, in microseconds of the monotonic clock; {@link #NEVER} while it
   *     is not. Asked often, and must not change anything
   * @param action must move the time on, or there is no end
   */
  public void on(Timer timer, LongSupplier due, Runnable action) {
    if (entries.put(timer, new Entry(due, action)) != null) {
      throw new IllegalStateException(timer + " is set twice");
    }
  }

  /** When the first timer is due, in microseconds. */
  public long next() {
    long next = NEVER;
    for (Entry entry : entries.values()) {
      next = Math.min(next, entry.due.getAsLong());
    }
    return next;
  }

  /** Fires what is due, in the order of {@link Timer}; returns whether anything was. */
  public boolean fire() {
    boolean any = false;
    for (Entry entry : entries.values()) {
      if (entry.due.getAsLong() <= clock.now()) {
        entry.action.run();
        any = true;
      }
    }
    return any;
  }
}
