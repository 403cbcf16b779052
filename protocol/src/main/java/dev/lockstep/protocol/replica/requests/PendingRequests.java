package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.state.Standing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is authentic and waits for its delivery, by client and session; whose turn it is, and what a
 * delivery changes in that (RULES 10). Keeps the line of the leader's choice and the deadlines up
 * to date with it.
 */
final class PendingRequests {
  /**
   * A client that was told so often that it has too much outstanding, and goes on, is greylisted:
   * each replica holds another part of what it sends, so what one proposes is not with the others.
   */
  static final int REFUSED_MOST = 256;

  private final Sessions sessions;
  private final int sessionWindow;
  private final RequestBudgets budgets;
  private final RequestRule rule;
  private final RequestIndex index;
  private final Greylist greylist;
  private final BatchChooser chooser;
  private final Deadlines deadlines;

  /** In the order in which they came; without empty ones. */
  private final LinkedHashMap<ClientId, ClientQueue> queues = new LinkedHashMap<>();

  /** How many clients have something pending in a session; more than one only if some lie. */
  private final Map<Long, Integer> pendingSessions = new HashMap<>();

  /**
   * Sessions that are not open here yet, and since when they are waited for, in microseconds; the
   * oldest first. A client may have invented them.
   */
  private final LinkedHashMap<SessionLane, Long> early = new LinkedHashMap<>();

  private int count;

  /** See {@link #proposable}. */
  private int proposable;

  /**
   * @param sessionWindow requests that a client may have under way in a session
   */
  PendingRequests(
      Sessions sessions,
      int sessionWindow,
      RequestBudgets budgets,
      RequestRule rule,
      RequestIndex index,
      Vouches vouches,
      Greylist greylist,
      BatchChooser chooser) {
    this.sessions = sessions;
    this.sessionWindow = sessionWindow;
    this.budgets = budgets;
    this.rule = rule;
    this.index = index;
    this.greylist = greylist;
    this.chooser = chooser;
    deadlines = new Deadlines(rule, vouches, this::discardIfOver);
  }

  /** Whether a request can have no effect any more. */
  static boolean isOver(Standing standing) {
    return standing != Standing.NEXT && standing != Standing.LATER;
  }

  int count() {
    return count;
  }

  /**
   * Those that are their session's next or follow it without a gap, proposed or not. What else is
   * pending a leader cannot propose, and should not wait for.
   */
  int proposable() {
    return proposable;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  /** Whether there is no room for the request in so many times the budget of its client. */
  boolean isFull(Request request, int factor) {
    ClientQueue queue = queues.get(request.client());
    return queue != null && queue.isFull(request, budgets, factor);
  }

  /** The client is told that there is no room. Returns true when it was told too often. */
  boolean refuse(ClientId client) {
    return ++queues.get(client).refused >= REFUSED_MOST;
  }

  /** Whether another request is pending for the same place in the session. */
  boolean hasRival(Reference reference) {
    SessionLane lane = laneOrNull(reference);
    PooledRequest first = lane == null ? null : lane.at(reference.sequence());
    return first != null && (first.variant != null || !first.digest().equals(reference.digest()));
  }

  /** A request that is authentic, in the index and not pending becomes pending if it still can. */
  RequestPool.Admitted add(PooledRequest entry, Standing standing, long nowMicros) {
    Request request = entry.request;
    ClientQueue queue = queues.get(request.client());
    SessionLane lane = queue == null ? null : queue.laneOrNull(request.session());
    if (sessions.isOpen(request.session(), request.client())
        && rule.isOld(sessions.lastExecuted(request.session()), request.sequence())) {
      return RequestPool.Admitted.SUPERSEDED;
    }
    if (queue == null) {
      queue = new ClientQueue(request.client());
      queues.put(request.client(), queue);
    }
    if (lane == null && request.session() != 0) {
      lane = addLane(queue, request.session(), nowMicros);
    }
    if (!queue.add(entry, lane)) {
      return RequestPool.Admitted.EQUIVOCATION;
    }
    count++;
    if (lane == null) {
      proposable++;
    } else {
      recount(lane);
    }
    if (rule.hasDeadline(standing == Standing.NEXT)) {
      becomeReady(entry, nowMicros);
    }
    if (lane != null) {
      makeAvailable(lane);
    }
    return RequestPool.Admitted.TAKEN;
  }

  /** It is the request's turn in its session. */
  private void becomeReady(PooledRequest entry, long nowMicros) {
    if (!entry.ready) {
      entry.ready = true;
      entry.readySinceMicros = nowMicros;
      entry.queue.ready.add(entry);
      chooser.makeAvailable(entry);
      deadlines.timeFirst(entry.queue, nowMicros);
    }
  }

  /** Something was added to a session, or is not in flight any more. */
  private void makeAvailable(SessionLane lane) {
    SessionLane.forEachAt(
        lane.first(),
        first -> {
          if (first.ready) {
            chooser.makeAvailable(first);
          }
        });
  }

  private SessionLane addLane(ClientQueue queue, long session, long nowMicros) {
    boolean open = sessions.isOpen(session, queue.client());
    long lastExecuted = open ? sessions.lastExecuted(session) : 0;
    SessionLane lane = new SessionLane(session, lastExecuted, sessionWindow);
    lane.open = open;
    if (!open) {
      early.put(lane, nowMicros);
    }
    queue.addLane(lane);
    pendingSessions.merge(session, 1, Integer::sum);
    return lane;
  }

  private void recount(SessionLane lane) {
    proposable += lane.run() - lane.counted;
    lane.counted = lane.run();
  }

  /**
   * The sequence of the session was executed: everything of the session up to it goes, whatever its
   * digest, and its successor's time begins.
   *
   * @param executed what is known of the request that was executed, or null
   */
  void executed(
      Reference reference, PooledRequest executed, long nowMicros, RequestPool.Lost lost) {
    SessionLane lane =
        executed != null && executed.isPending() ? executed.lane : laneOrNull(reference);
    if (lane == null) {
      return;
    }
    ClientQueue queue = lane.first().queue;
    for (PooledRequest entry = lane.takeUpTo(reference.sequence());
        entry != null;
        entry = lane.takeUpTo(reference.sequence())) {
      removed(entry, true, true, nowMicros);
      if (!entry.digest().equals(reference.digest())) {
        lost.conflict(entry);
      }
    }
    lane.advance(reference.sequence());
    recount(lane);
    SessionLane.forEachAt(
        lane.at(reference.sequence() + 1), successor -> becomeReady(successor, nowMicros));
    deadlines.timeFirst(queue, nowMicros);
    prune(queue, lane);
  }

  /** The request was answered otherwise (opened, expired, a duplicate, refused): it goes. */
  void answered(Reference reference, long nowMicros) {
    PooledRequest entry = index.getOrNull(reference.digest());
    if (entry != null && entry.isPending() && entry.request.reference().equals(reference)) {
      remove(entry, true, nowMicros);
    }
  }

  private void remove(PooledRequest entry, boolean isProgress, long nowMicros) {
    ClientQueue queue = entry.queue;
    SessionLane lane = entry.lane;
    removed(entry, false, isProgress, nowMicros);
    deadlines.timeFirst(queue, nowMicros);
    prune(queue, lane);
  }

  /**
   * Drops a pending request that can have no effect any more: an OPEN whose deadline passed while
   * it waited, or whose nonce another OPEN used. That is no progress of the leader's.
   */
  boolean discardIfOver(PooledRequest entry, long nowMicros) {
    if (!isOver(sessions.standing(entry.request))) {
      return false;
    }
    remove(entry, false, nowMicros);
    return true;
  }

  /** Its turn had not come: it stays, to be proposed again. */
  void outOfTurn(Reference reference) {
    PooledRequest entry = index.getOrNull(reference.digest());
    if (entry != null) {
      entry.inFlight = false;
      SessionLane lane = laneOrNull(reference);
      if (lane != null) {
        makeAvailable(lane);
      }
    }
  }

  /** A session was opened: what was sent in it before this replica knew of it gets its deadline. */
  void opened(ClientId client, long session, long nowMicros) {
    ClientQueue queue = queues.get(client);
    SessionLane lane = queue == null ? null : queue.laneOrNull(session);
    if (lane != null) {
      lane.open = true;
      early.remove(lane);
      recount(lane);
      SessionLane.forEachAt(lane.at(1), first -> becomeReady(first, nowMicros));
    }
  }

  /**
   * A session is over: what is still pending in it can have no effect any more, and goes (RULES 9).
   */
  void ended(long session, long nowMicros, RequestPool.Lost lost) {
    if (!pendingSessions.containsKey(session)) {
      return;
    }
    for (ClientQueue queue : List.copyOf(queues.values())) {
      SessionLane lane = queue.laneOrNull(session);
      if (lane != null) {
        drop(lane, nowMicros, lost);
      }
    }
  }

  /** Drops what has waited since before this time for a session that was not opened. */
  void forgetEarly(long beforeMicros, long nowMicros, RequestPool.Lost lost) {
    Iterator<Map.Entry<SessionLane, Long>> oldest = early.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<SessionLane, Long> each = oldest.next();
      if (each.getValue() >= beforeMicros) {
        return;
      }
      oldest.remove();
      drop(each.getKey(), nowMicros, lost);
    }
  }

  private void drop(SessionLane lane, long nowMicros, RequestPool.Lost lost) {
    List<PooledRequest> all = new ArrayList<>();
    lane.forEach(all::add);
    for (PooledRequest entry : all) {
      remove(entry, false, nowMicros);
      lost.dropped(entry);
    }
  }

  private SessionLane laneOrNull(Reference reference) {
    ClientQueue queue = reference.session() == 0 ? null : queues.get(reference.client());
    return queue == null ? null : queue.laneOrNull(reference.session());
  }

  private void removed(PooledRequest entry, boolean isTaken, boolean isProgress, long nowMicros) {
    if (isProgress) {
      deadlines.removeAnswered(entry, nowMicros);
    } else {
      deadlines.remove(entry);
    }
    ClientQueue queue = entry.queue;
    SessionLane lane = entry.lane;
    queue.remove(entry, isTaken);
    if (lane == null) {
      proposable--;
    } else {
      recount(lane);
    }
    if (queue.count() <= budgets.clientRequests() / 2) {
      queue.refused = 0;
    }
    count--;
    greylist.forgetComplaints(entry.digest());
    index.dropIfUseless(entry);
  }

  private void prune(ClientQueue queue, SessionLane laneOrNull) {
    if (laneOrNull != null && laneOrNull.isEmpty()) {
      queue.removeLane(laneOrNull);
      early.remove(laneOrNull);
      pendingSessions.computeIfPresent(
          laneOrNull.session(), (id, count) -> count == 1 ? null : count - 1);
    }
    if (queue.isEmpty()) {
      queues.remove(queue.client());
      chooser.remove(queue);
    }
  }

  /** The sessions are those of another instance now: what has an effect, and when, is seen anew. */
  void rebase(long nowMicros) {
    deadlines.clear();
    for (ClientQueue queue : List.copyOf(queues.values())) {
      queue.ready.clear();
      queue.available.clear();
      for (PooledRequest entry : queue.all()) {
        entry.ready = false;
        entry.inFlight = false;
        Standing standing = sessions.standing(entry.request);
        if (isOver(standing)) {
          remove(entry, false, nowMicros);
        } else if (rule.hasDeadline(standing == Standing.NEXT)) {
          becomeReady(entry, nowMicros);
        }
      }
      queue.lanes().forEach(lane -> rebase(queue.client(), lane, nowMicros));
    }
    deadlines.restart(nowMicros);
  }

  private void rebase(ClientId client, SessionLane lane, long nowMicros) {
    lane.open = sessions.isOpen(lane.session(), client);
    if (lane.open) {
      early.remove(lane);
      lane.advance(sessions.lastExecuted(lane.session()));
    } else {
      early.putIfAbsent(lane, nowMicros);
    }
    recount(lane);
  }

  /** Nothing is in flight any more, and all waiting starts anew. */
  void restart(long nowMicros) {
    deadlines.restart(nowMicros);
    queues.values().forEach(chooser::makeAllAvailable);
  }

  /** What comes first in the line of the client: what it waits for. */
  List<PooledRequest> heads(ClientId client) {
    ClientQueue queue = queues.get(client);
    return queue == null ? List.of() : queue.heads();
  }
}
