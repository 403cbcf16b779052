package dev.lockstep.protocol.replica.requests;

import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The pending requests of one session by sequence, at each place at most two variants (RULES 14).
 *
 * <p>What a client has under way lies within the window of its session, so those places are a ring.
 * It grows as it fills, because most sessions have one request under way. Other places are rare: a
 * replica that is behind is sent what lies beyond its window. They are in a tree, bounded by the
 * budget of the client.
 *
 * <p>Invariant: a request at a sequence in {@code (floor, floor + most]} is in the ring, any other
 * in the tree.
 */
final class SessionLane {
  private static final int LEAST = 4;

  private final long session;

  /** Most places of the ring, a power of two. */
  private final int most;

  private PooledRequest[] ring = new PooledRequest[LEAST];

  /** The first variant at each further place; null as long as there is none. */
  private TreeMap<Long, PooledRequest> further;

  /** The last sequence that was executed, as far as this lane knows. */
  private long floor;

  /** No place of the ring below this sequence is taken. */
  private long lowest;

  /** Places of the ring that are taken. */
  private int taken;

  /**
   * Invariant: every place from the second above {@link #floor} to this one is taken; the first may
   * be free.
   */
  private long reach;

  /** Whether the session is open and its client's: before that nothing in it can be proposed. */
  boolean open;

  /** What {@link #run} was when it was last asked for, for whoever keeps the sum over lanes. */
  int counted;

  /**
   * @param lastExecuted last sequence executed in the session, 0 before the first
   * @param window requests that a client may have under way in a session
   */
  SessionLane(long session, long lastExecuted, int window) {
    this.session = session;
    most = Math.max(LEAST, ceilingPowerOfTwo(window));
    floor = lastExecuted;
    lowest = floor + 1;
    reach = floor + 1;
  }

  private static int ceilingPowerOfTwo(int number) {
    return number <= 1 ? 1 : Integer.highestOneBit(number - 1) << 1;
  }

  long session() {
    return session;
  }

  boolean isEmpty() {
    return taken == 0 && further == null;
  }

  /** The first that came of those pending at the sequence, or null. */
  PooledRequest at(long sequence) {
    if (isNear(sequence)) {
      return sequence - floor > ring.length ? null : ring[index(sequence)];
    }
    return further == null ? null : further.get(sequence);
  }

  /** The first at the lowest place that is taken, or null. */
  PooledRequest first() {
    if (further != null && (taken == 0 || further.firstKey() <= floor)) {
      return further.firstEntry().getValue();
    }
    return taken == 0 ? null : ring[index(lowestTaken())];
  }

  /** How many places can be proposed one after the other, from the session's next on. */
  int run() {
    return open && at(floor + 1) != null ? (int) (reach - floor) : 0;
  }

  private void extendReach() {
    while (at(reach + 1) != null) {
      reach++;
    }
  }

  /** Adds a request at its place; returns false when two are there already. */
  boolean add(PooledRequest request) {
    long sequence = request.request.sequence();
    PooledRequest there = at(sequence);
    if (there == null) {
      put(sequence, request);
    } else if (there.variant == null) {
      there.variant = request;
    } else {
      return false;
    }
    extendReach();
    return true;
  }

  /** Removes a request that is here. */
  void remove(PooledRequest request) {
    long sequence = request.request.sequence();
    PooledRequest first = at(sequence);
    if (first != request) {
      first.variant = null;
    } else if (request.variant != null) {
      replace(sequence, request.variant);
      request.variant = null;
    } else {
      clear(sequence);
      if (sequence > floor + 1) {
        reach = Math.min(reach, sequence - 1);
      }
    }
  }

  /** Removes one of those at the lowest place up to the sequence and returns it, or null. */
  PooledRequest takeUpTo(long sequence) {
    PooledRequest first = first();
    if (first == null || first.request.sequence() > sequence) {
      return null;
    }
    remove(first);
    return first;
  }

  /** The sequence was executed, and {@link #takeUpTo} left nothing below it. */
  void advance(long executed) {
    if (executed <= floor) {
      return;
    }
    floor = executed;
    lowest = Math.max(lowest, floor + 1);
    while (further != null && isNear(further.firstKey())) {
      PooledRequest first = further.firstEntry().getValue();
      clearFurther(first.request.sequence());
      put(first.request.sequence(), first);
    }
    reach = Math.max(reach, floor + 1);
    extendReach();
  }

  /** In the order of their sequences, variants as they came. */
  void forEach(Consumer<PooledRequest> each) {
    if (further != null) {
      further.headMap(floor, true).values().forEach(first -> forEachAt(first, each));
    }
    for (long sequence = lowest; sequence <= floor + ring.length; sequence++) {
      forEachAt(ring[index(sequence)], each);
    }
    if (further != null) {
      further.tailMap(floor, false).values().forEach(first -> forEachAt(first, each));
    }
  }

  /** Those at one place, of which {@code first} came first; null when there is none. */
  static void forEachAt(PooledRequest first, Consumer<PooledRequest> each) {
    if (first != null) {
      PooledRequest variant = first.variant;
      each.accept(first);
      if (variant != null) {
        each.accept(variant);
      }
    }
  }

  private boolean isNear(long sequence) {
    return sequence > floor && sequence - floor <= most;
  }

  private int index(long sequence) {
    return (int) (sequence & (ring.length - 1));
  }

  private long lowestTaken() {
    while (ring[index(lowest)] == null) {
      lowest++;
    }
    return lowest;
  }

  /** The place is free. */
  private void put(long sequence, PooledRequest request) {
    if (isNear(sequence)) {
      while (sequence - floor > ring.length) {
        grow();
      }
      ring[index(sequence)] = request;
      taken++;
      lowest = Math.min(lowest, sequence);
    } else {
      if (further == null) {
        further = new TreeMap<>();
      }
      further.put(sequence, request);
    }
  }

  private void grow() {
    PooledRequest[] places = ring;
    ring = new PooledRequest[2 * places.length];
    for (PooledRequest place : places) {
      if (place != null) {
        ring[index(place.request.sequence())] = place;
      }
    }
  }

  /** Another variant has the place. */
  private void replace(long sequence, PooledRequest request) {
    if (isNear(sequence)) {
      ring[index(sequence)] = request;
    } else {
      further.put(sequence, request);
    }
  }

  private void clear(long sequence) {
    if (isNear(sequence)) {
      ring[index(sequence)] = null;
      taken--;
    } else {
      clearFurther(sequence);
    }
  }

  private void clearFurther(long sequence) {
    further.remove(sequence);
    if (further.isEmpty()) {
      further = null;
    }
  }
}
