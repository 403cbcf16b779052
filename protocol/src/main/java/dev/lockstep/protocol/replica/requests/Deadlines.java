package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.rules.RequestRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * How long requests wait for the leader (RULES 10, 36): when one waits too long, it is passed on to
 * the others; as long again, and the leader is suspected.
 *
 * <p>Only the first ready request of each client has a deadline: a client that floods the group
 * waits for itself, not for the leader. When what has waited longest is done with, the deadlines of
 * all others begin anew: a leader that works off a long queue in its order is not slow.
 */
final class Deadlines {
  /** Most requests and bytes forwarded in one message. */
  private static final int FORWARD_REQUESTS = 64;

  private static final int FORWARD_BYTES = 256 << 10;

  /** What the pool says about a request whose deadline passed. */
  interface Review {
    /** Drops the request if it can have no effect any more, and says whether it did. */
    boolean isDropped(PooledRequest request, long nowMicros);
  }

  private final RequestRule rule;
  private final Vouches vouches;
  private final Review review;

  /** The first ready request of each client, the longest waiting one first. */
  private final LinkedHashSet<PooledRequest> timed = new LinkedHashSet<>();

  /** When the request that had waited longest was done with, or all waiting began anew. */
  private long headProgressMicros;

  Deadlines(RequestRule rule, Vouches vouches, Review review) {
    this.rule = rule;
    this.vouches = vouches;
    this.review = review;
  }

  int count() {
    return timed.size();
  }

  PooledRequest headOrNull() {
    return timed.isEmpty() ? null : timed.iterator().next();
  }

  /** The deadline of a client's first ready request begins when it becomes the first. */
  void timeFirst(ClientQueue queue, long nowMicros) {
    PooledRequest first = queue.firstReadyOrNull();
    if (first != null && timed.add(first)) {
      first.timedSinceMicros = nowMicros;
    }
  }

  /** The request waits no longer. */
  void remove(PooledRequest request) {
    timed.remove(request);
  }

  /** The request is done with, which may extend the deadlines of all others (RULES 36). */
  void removeAnswered(PooledRequest request, long nowMicros) {
    if (rule.extendsDeadline(request == headOrNull())) {
      headProgressMicros = nowMicros;
    }
    timed.remove(request);
  }

  /** All waiting starts anew. */
  void restart(long nowMicros) {
    headProgressMicros = nowMicros;
  }

  void clear() {
    timed.clear();
  }

  /**
   * When the request that waits longest wants attention, in microseconds. Later ones never want it
   * earlier: what extends the first extends them too (RULES 36).
   */
  long next(long timeoutMicros) {
    PooledRequest head = headOrNull();
    return head == null ? Long.MAX_VALUE : due(head, timeoutMicros);
  }

  private long due(PooledRequest request, long timeoutMicros) {
    return Math.max(
            Math.max(request.timedSinceMicros, headProgressMicros), request.forwardedAtMicros)
        + timeoutMicros;
  }

  /** Handles expired deadlines; the caller forwards and suspects as told. */
  Overdue onDeadline(long nowMicros, long timeoutMicros) {
    boolean any = false;
    for (int turns = timed.size(); turns > 0; turns--) {
      PooledRequest head = headOrNull();
      if (head == null || due(head, timeoutMicros) > nowMicros) {
        break;
      }
      if (review.isDropped(head, nowMicros)) {
        continue;
      }
      any = true;
      if (head.forwardedAtMicros < 0) {
        break;
      }
      if (vouches.mayStop(head)) {
        return new Overdue(forwardable(nowMicros, timeoutMicros), true);
      }
      // Cannot be a reason for a STOP now, so it must not shield the ones behind it.
      timed.remove(head);
      head.queue.ready.remove(head);
      head.queue.ready.add(head);
      timeFirst(head.queue, nowMicros);
    }
    return any ? new Overdue(forwardable(nowMicros, timeoutMicros), false) : Overdue.NOTHING;
  }

  private List<Request> forwardable(long nowMicros, long timeoutMicros) {
    List<Request> forward = new ArrayList<>();
    long bytes = 0;
    for (PooledRequest first : timed) {
      for (PooledRequest each : first.queue.ready) {
        long since = each.forwardedAtMicros >= 0 ? each.forwardedAtMicros : each.readySinceMicros;
        if (nowMicros - since < timeoutMicros) {
          continue;
        }
        bytes += each.request.weight();
        // A single request may be larger than what is meant to fit.
        if (!forward.isEmpty() && (forward.size() >= FORWARD_REQUESTS || bytes > FORWARD_BYTES)) {
          return forward;
        }
        each.forwardedAtMicros = nowMicros;
        forward.add(each.request);
      }
    }
    return forward;
  }
}
