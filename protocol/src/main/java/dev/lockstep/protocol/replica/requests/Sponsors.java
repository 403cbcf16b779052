package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.bytes.Digest;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * In whose budget a request is held that is not authentic yet: in that of one peer that vouched for
 * it. A peer that vouches for too much pushes out what it vouched for before, and nothing else.
 */
final class Sponsors {
  private static final class PeerBudget {
    /** Oldest first. */
    final LinkedHashSet<Digest> held = new LinkedHashSet<>();

    long bytes;
  }

  private final RequestBudgets budgets;
  private final RequestIndex index;
  private final Vouches vouches;
  private final Map<Integer, PeerBudget> peers = new HashMap<>();

  Sponsors(RequestBudgets budgets, RequestIndex index, Vouches vouches) {
    this.budgets = budgets;
    this.index = index;
    this.vouches = vouches;
  }

  /** Requests held on the word of the replica alone. */
  int heldFor(int replica) {
    PeerBudget budget = peers.get(replica);
    return budget == null ? 0 : budget.held.size();
  }

  /** Holds the request, which has a body and no sponsor, in the budget of the replica. */
  void hold(PooledRequest request, int replica, long nowMicros) {
    request.sponsoredSinceMicros = nowMicros;
    record Hold(PooledRequest request, int replica) {}
    ArrayDeque<Hold> todo = new ArrayDeque<>();
    todo.add(new Hold(request, replica));
    while (!todo.isEmpty()) {
      Hold hold = todo.poll();
      PeerBudget budget = peers.computeIfAbsent(hold.replica, any -> new PeerBudget());
      hold.request.sponsor = hold.replica;
      budget.held.add(hold.request.digest());
      budget.bytes += hold.request.request.weight();
      Iterator<Digest> oldest = budget.held.iterator();
      while (budget.held.size() > budgets.peerRequests() || budget.bytes > budgets.peerBytes()) {
        PooledRequest evicted = index.getOrNull(oldest.next());
        oldest.remove();
        budget.bytes -= evicted.request.weight();
        evicted.sponsor = PooledRequest.NOBODY;
        vouches.withdraw(evicted, hold.replica);
        int another = vouches.anyVoucher(evicted);
        if (another != PooledRequest.NOBODY) {
          // Another member vouched for it too: a flooding member must not push that out.
          todo.add(new Hold(evicted, another));
        } else {
          index.dropIfUseless(evicted);
        }
      }
    }
  }

  /**
   * Drops what has been held since before this time. An honest sponsor says its word again each
   * request timeout, for as long as the request waits at it.
   */
  void forget(long beforeMicros) {
    for (PeerBudget budget : peers.values()) {
      Iterator<Digest> oldest = budget.held.iterator();
      while (oldest.hasNext()) {
        PooledRequest request = index.getOrNull(oldest.next());
        if (request.sponsoredSinceMicros >= beforeMicros) {
          break;
        }
        oldest.remove();
        budget.bytes -= request.request.weight();
        request.sponsor = PooledRequest.NOBODY;
        request.vouchers = 0;
        index.dropIfUseless(request);
      }
    }
  }

  /** The request needs no sponsor any more; it may have none. */
  void release(PooledRequest request) {
    if (request.sponsor != PooledRequest.NOBODY) {
      PeerBudget budget = peers.get(request.sponsor);
      budget.held.remove(request.digest());
      budget.bytes -= request.request.weight();
      request.sponsor = PooledRequest.NOBODY;
    }
  }
}
