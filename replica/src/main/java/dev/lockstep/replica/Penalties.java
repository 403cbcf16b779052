package dev.lockstep.replica;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Connections of one client loop on which more was sent than the client's budget allows, or what is
 * no request. They are read in small pieces, with pauses that grow while the client goes on like
 * that, so that refusing it costs others little. Not thread-safe.
 *
 * @param <C> a connection
 */
final class Penalties<C> {
  /** How long such a client is not read, in nanoseconds. */
  static final long PAUSE_NANOS = 20_000_000;

  /** The most that the pause doubles to. */
  static final long PAUSE_NANOS_MOST = 320_000_000;

  /** Messages that are read of such a client between two pauses. */
  static final int PROBATION = 64;

  private static final class Penalty {
    long pauseNanos = PAUSE_NANOS;

    /** When the pause was doubled, or was begun with. */
    long lengthenedNanos;

    /** When the client went too far the last time. */
    long lastNanos;

    /** Messages that are read before the next pause. */
    int allowed;
  }

  private final LongSupplier clock;
  private final Map<C, Penalty> penalties = new HashMap<>();

  /** Those that are not read now. Invariant: whoever gets in here gets a {@link #release}. */
  private final Set<C> held = new HashSet<>();

  /**
   * @param clock in nanoseconds, never back
   */
  Penalties(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * The client asked for more than it may, or for nothing that makes sense.
   *
   * @return for how many nanoseconds it must not be read, then {@link #release} is due; 0 if it is
   *     not being read already
   */
  long penalize(C connection) {
    long now = clock.getAsLong();
    Penalty penalty = penalties.get(connection);
    if (penalty == null) {
      penalty = new Penalty();
      penalty.lengthenedNanos = now;
      penalties.put(connection, penalty);
    }
    if (now - penalty.lengthenedNanos > 2 * penalty.pauseNanos) {
      penalty.lengthenedNanos = now;
      penalty.pauseNanos = Math.min(2 * penalty.pauseNanos, PAUSE_NANOS_MOST);
    }
    penalty.lastNanos = now;
    return hold(connection, penalty);
  }

  /** A message of the connection arrived. Returns as {@link #penalize} does. */
  long onMessage(C connection) {
    Penalty penalty = penalties.isEmpty() ? null : penalties.get(connection);
    return penalty != null && --penalty.allowed <= 0 ? hold(connection, penalty) : 0;
  }

  private long hold(C connection, Penalty penalty) {
    return held.add(connection) ? penalty.pauseNanos : 0;
  }

  /** The pause is over: it is on probation, or forgiven if it has kept quiet for four pauses. */
  void release(C connection) {
    held.remove(connection);
    Penalty penalty = penalties.get(connection);
    if (penalty != null) {
      penalty.allowed = PROBATION;
      if (clock.getAsLong() - penalty.lastNanos > 4 * penalty.pauseNanos) {
        penalties.remove(connection);
      }
    }
  }

  /** Whether it must not be read. */
  boolean isHeld(C connection) {
    return held.contains(connection);
  }

  /** The connection is gone. */
  void forget(C connection) {
    held.remove(connection);
    penalties.remove(connection);
  }
}
