package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Request;

/** A call, or an OPEN, that is queued or under way. Compared by identity. */
final class Pending {
  /**
   * What a caller wants.
   *
   * @param comparator null to compare digests
   * @param extractor null to take any result of the quorum
   * @param deadlineMicros when the caller gets an answer in any case
   */
  record Call(
      long id,
      Bytes operation,
      ReplyComparator comparator,
      ReplyExtractor extractor,
      long deadlineMicros) {

    /** Whether replicas may send the same result as different bytes, so all must send it whole. */
    boolean isCustom() {
      return comparator != null || extractor != null;
    }
  }

  /** Ascending in the order of creation; tells timers of the same moment apart. */
  final long number;

  final Session session;
  final Request.Kind kind;

  /** Null for an OPEN, and when its caller has been answered. */
  Call call;

  /** Null while it is queued, or an OPEN that waits before it is sent anew. */
  Request request;

  Ballot ballot;

  /** Position of the member that is to answer whole. */
  int replier;

  long intervalMicros;

  /** When to send again; for an OPEN without a request, when to make it. */
  long sendAt = Long.MAX_VALUE;

  /** When an unordered read is ordered instead. */
  long orderAt = Long.MAX_VALUE;

  /** When a CLOSE that nobody answers is given up. */
  long giveUpAt = Long.MAX_VALUE;

  /** A BUSY has delayed the next retry already. */
  boolean delayed;

  /** Another replier was named since the last retry, because the result was missing. */
  boolean askedForWhole;

  /** The earliest of its times: its key among the timers. */
  long wakeAt = Long.MAX_VALUE;

  Pending(long number, Session session, Request.Kind kind, Call call) {
    this.number = number;
    this.session = session;
    this.kind = kind;
    this.call = call;
  }

  boolean isCustom() {
    return call != null && call.isCustom();
  }

  /** Nothing is sent in a session that is being closed: it would only come to be fenced. */
  boolean isPaused() {
    return kind == Request.Kind.ORDERED && session.state == Session.State.REOPENING;
  }

  ReplyComparator comparator() {
    if (!isCustom()) {
      return null;
    }
    return call.comparator() != null ? call.comparator() : Bytes::equals;
  }

  long earliest() {
    return Math.min(Math.min(callDeadline(), giveUpAt), Math.min(sendAt, orderAt));
  }

  long callDeadline() {
    return call == null ? Long.MAX_VALUE : call.deadlineMicros();
  }
}
