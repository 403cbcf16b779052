package dev.lockstep.storage;

import java.util.Arrays;

/**
 * Where in the log the decisions stand: eight bytes for each of an unbroken run of instances.
 * Thread-safe.
 */
final class DecisionIndex {
  /** A place in the log. */
  record Position(long segment, long offset) {}

  private static final int OFFSET_BITS = 32;
  private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;

  private long first = 1;
  private long[] positions = new long[64];
  private int count;

  /**
   * A decision above a gap, or before the run (after a state of others that was given up), begins a
   * new run; one that is there already changes nothing.
   */
  synchronized void add(long instance, long segment, long offset) {
    if (instance > first + count || instance < first || count == 0) {
      first = instance;
      count = 0;
    } else if (instance < first + count) {
      return;
    }
    if (count == positions.length) {
      positions = Arrays.copyOf(positions, count * 2);
    }
    positions[count++] = segment << OFFSET_BITS | offset;
  }

  /** The decision up to this instance can no longer be read. */
  synchronized void dropUpTo(long instance) {
    int dropped = (int) Math.max(0, Math.min(count, instance - first + 1));
    positions = Arrays.copyOfRange(positions, dropped, Math.max(dropped + 64, count));
    count -= dropped;
    first += dropped;
  }

  /** Decisions in segments before this one can no longer be read. */
  synchronized void dropSegmentsBefore(long segment) {
    int dropped = 0;
    while (dropped < count && positions[dropped] >>> OFFSET_BITS < segment) {
      dropped++;
    }
    dropUpTo(first + dropped - 1);
  }

  /** Null if the instance is not there. */
  synchronized Position find(long instance) {
    if (instance < first || instance >= first + count) {
      return null;
    }
    long position = positions[(int) (instance - first)];
    return new Position(position >>> OFFSET_BITS, position & OFFSET_MASK);
  }

  /** First instance that can be read, or one behind the last if there is none. */
  synchronized long first() {
    return first;
  }

  /** Last instance that can be read; {@code first() - 1} if there is none. */
  synchronized long last() {
    return first + count - 1;
  }
}
