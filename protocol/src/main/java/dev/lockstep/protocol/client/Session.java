package dev.lockstep.protocol.client;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;

/** What the client knows of one session of the group, under the host's handle. */
final class Session {
  /**
   * OPENING goes to OPEN or OVER; OPEN to REOPENING or OVER; REOPENING to OPEN, with a new session
   * or, if that was refused, with the one it had; OVER to OPENING.
   */
  enum State {
    /** An OPEN is under way, and there is no session. */
    OPENING,
    OPEN,
    /**
     * An OPEN is under way that closes the session. Nothing is sent in the older one, so that no
     * more calls than necessary come to be fenced.
     */
    REOPENING,
    /** There is no session: lost, or refused. */
    OVER
  }

  final long handle;
  State state = State.OPENING;

  /** Id of the session; 0 in OPENING and OVER. */
  long id;

  /** The OPEN under way, or null. */
  Pending open;

  /** The older session that the OPEN under way closes, or 0. */
  long closes;

  /** How many OPENs in a row came too late. */
  int lateOpens;

  /** The sequence that the next request gets; begins with 1 whenever a session is opened. */
  long nextSequence;

  /** Requests under way, by sequence; also those whose callers timed out. */
  final TreeMap<Long, Pending> outstanding = new TreeMap<>();

  /** Calls without a sequence, in the order in which they will get one. */
  final Set<Pending> queue = new LinkedHashSet<>();

  /** Unordered reads under way. Queue and reads share a bound, so that a read can be ordered. */
  final Set<Pending> reads = new LinkedHashSet<>();

  Session(long handle) {
    this.handle = handle;
  }

  /**
   * Whether the next sequence may be sent. Counted from the lowest outstanding one: replicas hold
   * the last {@code window} replies of a session longest, so all that may be asked for again must
   * lie within as many sequences (RULES 11).
   */
  boolean hasWindow(int window) {
    return state == State.OPEN
        && (outstanding.isEmpty() || nextSequence - outstanding.firstKey() < window);
  }

  boolean hasQueueRoom(int bound) {
    return queue.size() + reads.size() < bound;
  }

  /** Calls that are queued or under way, and the OPEN. */
  int held() {
    return outstanding.size() + queue.size() + reads.size() + (open == null ? 0 : 1);
  }

  /** Forgets it, wherever it is; a CLOSE is nowhere, since it outlives its session. */
  void remove(Pending pending) {
    switch (pending.kind) {
      case OPEN -> open = null;
      case UNORDERED -> reads.remove(pending);
      case ORDERED -> {
        if (pending.request == null) {
          queue.remove(pending);
        } else {
          outstanding.remove(pending.request.sequence());
        }
      }
      case CLOSE -> {}
    }
  }
}
