package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Which requests a leader proposes next: clients in turn, of each client those first whose turn
 * came first, with their successors in the session; predecessors are delivered or in flight (RULES
 * 10). Clients that were served go to the end of the line.
 */
final class BatchChooser {
  /**
   * Requests of a greylisted client that a choice passes over. They are vouched for in the same
   * order, so there is nothing to be found behind so many; and a client that floods must not make
   * every choice expensive.
   */
  private static final int LATER_MOST = 128;

  private final View.Limits limits;
  private final Sessions sessions;
  private final Vouches vouches;
  private final Greylist greylist;

  /** The queues with something available, in the order in which they are served. */
  private final LinkedHashSet<ClientQueue> line = new LinkedHashSet<>();

  BatchChooser(View.Limits limits, Sessions sessions, Vouches vouches, Greylist greylist) {
    this.limits = limits;
    this.sessions = sessions;
    this.vouches = vouches;
    this.greylist = greylist;
  }

  /** Something of the client became available, in whose session this is the one that is ready. */
  void makeAvailable(PooledRequest ready) {
    ready.queue.available.add(ready);
    line.add(ready.queue);
  }

  /** Nothing is in flight any more: all that is ready is available. */
  void makeAllAvailable(ClientQueue queue) {
    queue.available.clear();
    queue.available.addAll(queue.ready);
    if (!queue.ready.isEmpty()) {
      line.add(queue);
    }
  }

  void remove(ClientQueue queue) {
    line.remove(queue);
  }

  /** Requests for a fresh batch. They are in flight from now on. */
  List<PooledRequest> choose() {
    BatchInTheMaking batch = new BatchInTheMaking(limits);
    List<ClientQueue> served = new ArrayList<>();
    for (Iterator<ClientQueue> queues = line.iterator(); queues.hasNext() && !batch.isFull(); ) {
      ClientQueue queue = queues.next();
      batch.beginClient();
      chooseFrom(queue, batch);
      if (queue.available.isEmpty()) {
        queues.remove();
      } else if (batch.hasSomeOfClient()) {
        served.add(queue);
      }
    }
    for (ClientQueue queue : served) {
      line.remove(queue);
      line.add(queue);
    }
    return batch.requests();
  }

  private void chooseFrom(ClientQueue queue, BatchInTheMaking batch) {
    boolean greylisted = greylist.contains(queue.client());
    boolean room = true;
    int later = 0;
    Iterator<PooledRequest> available = queue.available.iterator();
    while (room && available.hasNext()) {
      PooledRequest ready = available.next();
      Remainder remainder =
          ready.lane == null
              ? chooseOpen(ready, greylisted, batch)
              : chooseFromLane(ready, greylisted, batch);
      switch (remainder) {
        case EXHAUSTED -> available.remove();
        case LATER -> room = !greylisted || ++later < LATER_MOST;
        case FULL -> room = false;
      }
    }
  }

  /** What a choice leaves of a session. */
  private enum Remainder {
    /** Nothing, until something is added or comes back. */
    EXHAUSTED,
    /** Something that must not be proposed now. */
    LATER,
    /** There was no room. */
    FULL
  }

  private Remainder chooseOpen(PooledRequest open, boolean greylisted, BatchInTheMaking batch) {
    if (sessions.standing(open.request) != Standing.NEXT) {
      return Remainder.LATER;
    } else if (open.inFlight) {
      return Remainder.EXHAUSTED;
    } else if (greylisted && !vouches.mayStop(open)) {
      return Remainder.LATER;
    }
    return batch.add(open) ? Remainder.EXHAUSTED : Remainder.FULL;
  }

  /** Takes a ready request and its successors. */
  private Remainder chooseFromLane(
      PooledRequest ready, boolean greylisted, BatchInTheMaking batch) {
    if (sessions.standing(ready.request) != Standing.NEXT) {
      return Remainder.LATER;
    }
    SessionLane lane = ready.lane;
    long first = ready.request.sequence();
    PooledRequest place = lane.at(first);
    for (long next = first; place != null; place = lane.at(++next)) {
      // Of two variants at one place only one at a time is proposed.
      if (place.inFlight || (place.variant != null && place.variant.inFlight)) {
        continue;
      }
      PooledRequest request = next == first ? ready : place;
      if (greylisted && !vouches.mayStop(request)) {
        return Remainder.LATER;
      }
      if (!batch.add(request)) {
        return Remainder.FULL;
      }
    }
    return Remainder.EXHAUSTED;
  }
}
