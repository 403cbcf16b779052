package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Request;

/**
 * All that a replica knows of one request before its delivery. The states that it goes through are
 * drawn in the documentation of this package.
 *
 * <p>Invariants: what is pending is authentic, is in the queue of its client, and is held in
 * nobody's budget; what is in nobody's hands (neither pending nor sponsored nor pinned) is not in
 * the index.
 */
public final class PooledRequest {
  /** The client asked for its reply from no replica in particular. */
  public static final int ANYBODY = -1;

  /** The client itself never asked here; it may be waiting for a reply all the same. */
  public static final int NEVER_ASKED = -2;

  static final int NOBODY = -1;

  private final Digest digest;

  /** Null while it is only expected: a pinned value names it, and its body is not here yet. */
  Request request;

  boolean authentic;

  /** It arrived from the client itself. */
  boolean direct;

  /** Replica that the client wants the full reply from, or {@link #ANYBODY}. */
  int replier = ANYBODY;

  /** Members that vouched for it, as {@link Vouches} counts them. */
  long vouchers;

  /** Replica in whose budget it is held, or {@link #NOBODY}. */
  int sponsor = NOBODY;

  /** Since when it is held on the word of others only, in microseconds. */
  long sponsoredSinceMicros;

  /** Values that are pinned and name it. */
  int pins;

  /** The instance of the only pinned value that names it; 0 once there were several. */
  long pinnedAt;

  /** Highest instance above the delivered ones for which this replica voted for it, or 0. */
  long votedAt;

  /** The queue of its client while it is pending, else null. */
  ClientQueue queue;

  /** Where it is pending in the queue: its session, or null for an OPEN. */
  SessionLane lane;

  /** The other request that is pending for the same place in the session, if it came later. */
  PooledRequest variant;

  /** It stands in a value of an instance that is not delivered: not to be proposed again. */
  boolean inFlight;

  /** Whether it is its session's next here; since when, in microseconds. */
  boolean ready;

  long readySinceMicros;

  /** Since when its deadline runs: it is the first of its client. Zero otherwise. */
  long timedSinceMicros;

  /** When it was last passed on to the others, or -1. */
  long forwardedAtMicros = -1;

  PooledRequest(Digest digest) {
    this.digest = digest;
  }

  public Digest digest() {
    return digest;
  }

  /** The body, or null while only the digest is known. */
  public Request requestOrNull() {
    return request;
  }

  /** Whether its client is known to have made it (RULES 12). */
  public boolean isAuthentic() {
    return authentic;
  }

  /** Highest instance for which this replica voted for it in the current regency, or 0. */
  public long votedAt() {
    return votedAt;
  }

  /** Replica from which the client wants the reply, {@link #ANYBODY} or {@link #NEVER_ASKED}. */
  public int replier() {
    return direct ? replier : NEVER_ASKED;
  }

  boolean isPending() {
    return queue != null;
  }
}
