package dev.lockstep.protocol.replica.requests;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.TreeMap;

/** The pending requests of one client: OPENs, and a lane for each of its sessions. */
final class ClientQueue {
  /** Most clients have one request under way, and the queue goes with it. */
  private static final int FEW = 2;

  private final ClientId client;

  /** OPENs have no place and are nobody's successor, so any number of them stands side by side. */
  private LinkedHashSet<PooledRequest> opens;

  private final TreeMap<Long, SessionLane> lanes = new TreeMap<>();

  /** Those whose turn it is in their sessions, in the order in which it became their turn. */
  final LinkedHashSet<PooledRequest> ready = new LinkedHashSet<>(FEW);

  /**
   * Those of {@link #ready} that may have something to be proposed in their sessions: themselves or
   * a successor. A choice drops those that have not, so that it costs no more than it finds.
   */
  final LinkedHashSet<PooledRequest> available = new LinkedHashSet<>(FEW);

  private int count;
  private long bytes;

  /** Requests that there was no room for since there was plenty. */
  int refused;

  ClientQueue(ClientId client) {
    this.client = client;
  }

  ClientId client() {
    return client;
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Whether there is no room for the request in so many times the client's budget. */
  boolean isFull(Request request, RequestBudgets budgets, int factor) {
    return count >= budgets.clientRequests() * factor
        || bytes + request.weight() > budgets.clientBytes() * factor;
  }

  SessionLane laneOrNull(long session) {
    return lanes.get(session);
  }

  void addLane(SessionLane lane) {
    lanes.put(lane.session(), lane);
  }

  void removeLane(SessionLane lane) {
    lanes.remove(lane.session());
  }

  /** In the order of their sessions. */
  Collection<SessionLane> lanes() {
    return lanes.values();
  }

  /** Adds an OPEN, or with a lane what takes a place in its session; false without a place. */
  boolean add(PooledRequest request, SessionLane laneOrNull) {
    if (laneOrNull == null) {
      if (opens == null) {
        opens = new LinkedHashSet<>(FEW);
      }
      opens.add(request);
    } else if (!laneOrNull.add(request)) {
      return false;
    }
    request.queue = this;
    request.lane = laneOrNull;
    count++;
    bytes += request.request.weight();
    return true;
  }

  /** What {@link SessionLane#takeUpTo} took is out of its place already. */
  void remove(PooledRequest request, boolean isTaken) {
    if (request.lane == null) {
      opens.remove(request);
    } else if (!isTaken) {
      request.lane.remove(request);
    }
    request.queue = null;
    request.lane = null;
    request.inFlight = false;
    request.ready = false;
    ready.remove(request);
    available.remove(request);
    count--;
    bytes -= request.request.weight();
  }

  PooledRequest firstReadyOrNull() {
    return ready.isEmpty() ? null : ready.iterator().next();
  }

  /** All that is pending: OPENs first, then session by session. */
  List<PooledRequest> all() {
    List<PooledRequest> all = new ArrayList<>(count);
    if (opens != null) {
      all.addAll(opens);
    }
    lanes.values().forEach(lane -> lane.forEach(all::add));
    return all;
  }

  /** What is first in line: every OPEN, and of each session what is at its lowest place. */
  List<PooledRequest> heads() {
    List<PooledRequest> heads = new ArrayList<>();
    if (opens != null) {
      heads.addAll(opens);
    }
    lanes.values().forEach(lane -> SessionLane.forEachAt(lane.first(), heads::add));
    return heads;
  }
}
