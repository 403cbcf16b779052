package dev.lockstep.simulator.machine;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.plan.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The process of a correct client: hosts the real client core and gives it work, a number of
 * operations at a time with pauses between them.
 */
public final class ClientNode implements SimClient {
  private static final long NEVER = Long.MAX_VALUE;
  private static final long TIMER_GRAIN = 20;

  /** An operation that the client wants done. */
  private static final class Call {
    final long id;
    final KvOperation operation;
    final long since;

    /** Only there to keep the group busy. */
    final boolean extra;

    Call(long id, KvOperation operation, long since, boolean extra) {
      this.id = id;
      this.operation = operation;
      this.since = since;
      this.extra = extra;
    }
  }

  private final World world;
  private final int place;
  private final ClientId id;
  private final SplittableRandom random;
  private final RunConfig.Workload workload;
  private final long callTimeout;
  private final TreeMap<Long, Call> pending = new TreeMap<>();

  /** Results for the script, by call. */
  private final TreeMap<Long, Bytes> results = new TreeMap<>();

  /** Last value seen in each register, so that some CAS succeed. */
  private final TreeMap<Long, Long> seen = new TreeMap<>();

  private ClientHost host;
  private int processes;
  private boolean scripted;
  private long unreachable;
  private long nextCall;
  private int quota;
  private boolean healed;
  private long openingSince = NEVER;
  private int completed;
  private int unknown;
  private long wakeAt = NEVER;

  public ClientNode(World world, int place, SplittableRandom random) {
    this.world = world;
    this.place = place;
    this.random = random;
    id = World.clientId(place);
    workload = world.config().workload();
    // More than planned, since faults may leave time for more: the group must not fall idle.
    quota = 2 * workload.operations();
    // Call ids are unique in the run.
    nextCall = place * 1_000_000L + 1;
    // Most callers wait as long as it takes, so that a stall shows; a few do not.
    callTimeout =
        random.nextInt(8) == 0
            ? world.config().timing().requestTimeout() * (5 + random.nextInt(60))
            : NEVER;
    host = new ClientHost(world, place, this, processes++, callTimeout);
  }

  // ---- work

  /** Starts to work by itself. */
  public void startWork() {
    world.schedule(world.now() + random.nextInt(20_000), this::begin);
  }

  private void begin() {
    onOpening();
    host.open(0);
    for (int i = 0; i < workload.outstanding(); i++) {
      think();
    }
  }

  /** Leaves the work to a script, and opens a session at once. */
  public void startScripted() {
    scripted = true;
    quota = 0;
    onOpening();
    host.open(0);
  }

  /** Gets another session; the old one is closed. */
  public void reopenSession() {
    onOpening();
    host.reopen();
  }

  /** Is done with its session and opens another one later. */
  private void closeSession() {
    onOpening();
    host.close();
    host.open(0);
  }

  /** The process crashes and another one takes over, which closes the session of the first. */
  public void restart() {
    long closes = host.session();
    host.stop();
    for (Call call : List.copyOf(pending.values())) {
      onUnknown(call.id, "restart");
    }
    wakeAt = NEVER;
    host = new ClientHost(world, place, this, processes++, callTimeout);
    onOpening();
    host.open(closes);
  }

  /** The network has healed: what was left to do is dropped, a few last operations remain. */
  public void healed() {
    healed = true;
    quota = workload.operationsAfterHeal();
  }

  private void think() {
    if (scripted) {
      return;
    }
    long mean =
        !healed
            ? workload.thinkMicros()
            : quota > 0
                ? Math.min(workload.thinkMicros(), 20_000)
                : world.config().cappedTimeout() / 4;
    long pause = (long) (-Math.log(1 - random.nextDouble()) * mean);
    world.schedule(world.now() + Math.min(pause, 10 * mean) + 1, this::ready);
  }

  /** One of the slots for outstanding operations is free and rested. */
  private void ready() {
    if (quota == 0) {
      if (!healed) {
        // Look again: the network may have healed meanwhile.
        think();
      } else if (world.wantsLoad()) {
        KvOperation operation = draw();
        invoke(operation, operation.isRead(), true);
      }
      return;
    }
    if (openingSince == NEVER && random.nextInt(1_000) < workload.reopenPermille()) {
      if (random.nextInt(3) == 0) {
        restart();
      } else if (pending.isEmpty() && random.nextBoolean()) {
        closeSession();
      } else {
        reopenSession();
      }
    }
    quota--;
    KvOperation operation = draw();
    invoke(operation, operation.isRead() && random.nextInt(100) < workload.unorderedPercent());
  }

  private KvOperation draw() {
    long key = random.nextInt(workload.keys());
    KvOperation operation;
    if (random.nextInt(100) < workload.readPercent()) {
      operation = KvOperation.get(key);
    } else {
      long value = (long) (place + 1) << 32 | nextCall & 0xffffffffL;
      operation =
          switch (random.nextInt(3)) {
            case 0 -> KvOperation.add(key, 1 + random.nextInt(9));
            case 1 -> KvOperation.cas(key, seen.getOrDefault(key, 0L), value);
            default -> KvOperation.put(key, value);
          };
    }
    return random.nextInt(100) < workload.largePercent()
        ? operation.padded(random.nextInt(600), random.nextInt(600))
        : operation;
  }

  /** Starts an operation and returns the id of the call. */
  public long invoke(KvOperation operation, boolean unordered) {
    return invoke(operation, unordered, false);
  }

  private long invoke(KvOperation operation, boolean unordered, boolean extra) {
    Call call = new Call(nextCall++, operation, world.now(), extra);
    pending.put(call.id, call);
    Bytes encoded = operation.encode();
    world.saw(new Sighting.Invoked(id, call.id, operation.isRead(), encoded));
    if (world.isTracing()) {
      world.trace(world.name(world.clientEndpoint(place)), "invokes " + call.id + ": " + operation);
    }
    host.invoke(call.id, encoded, unordered);
    return call.id;
  }

  // ---- results

  void onOpened(long session) {
    openingSince = NEVER;
    if (world.isTracing()) {
      world.trace(world.name(world.clientEndpoint(place)), "has session " + session);
    }
  }

  /** There is no session, or another one is wanted. */
  void onOpening() {
    if (openingSince == NEVER) {
      openingSince = world.now();
    }
  }

  void onResult(long callId, Bytes result) {
    Call call = pending.remove(callId);
    if (call == null) {
      throw new Violation("CLIENT", id + " was told twice about call " + callId);
    }
    completed++;
    if (scripted) {
      results.put(callId, result);
    }
    if (result.length() >= 8) {
      note(call.operation, KvOperation.resultOf(result));
    }
    world.saw(new Sighting.Returned(id, callId, result));
    if (world.isTracing()) {
      world.trace(
          world.name(world.clientEndpoint(place)),
          "has result of "
              + callId
              + ": "
              + (result.length() >= 8 ? KvOperation.resultOf(result) : "none"));
    }
    think();
  }

  private void note(KvOperation operation, long result) {
    switch (operation.code()) {
      case GET, ADD -> seen.put(operation.key(), result);
      case PUT -> seen.put(operation.key(), operation.value());
      case CAS -> {
        if (result == 1) {
          seen.put(operation.key(), operation.value());
        } else {
          seen.remove(operation.key());
        }
      }
    }
  }

  void onUnknown(long callId, String why) {
    if (pending.remove(callId) == null) {
      throw new Violation("CLIENT", id + " was told twice about call " + callId);
    }
    unknown++;
    world.saw(new Sighting.Unknown(id, callId));
    if (world.isTracing()) {
      world.trace(
          world.name(world.clientEndpoint(place)), "never learns of " + callId + ": " + why);
    }
    think();
  }

  // ---- events

  @Override
  public void receive(int replica, Message.ToClient message) {
    host.receive(replica, message);
  }

  @Override
  public void reconnected(int replica) {
    host.reconnected(replica);
  }

  /** Makes sure that the core is woken at its deadline. */
  void arm(long deadline) {
    if (deadline == NEVER) {
      return;
    }
    long at = Math.max(world.now() + TIMER_GRAIN, deadline);
    if (at < wakeAt) {
      wakeAt = at;
      world.schedule(at, () -> wake(at));
    }
  }

  private void wake(long at) {
    // Unless an earlier one was set since.
    if (wakeAt == at) {
      wakeAt = NEVER;
      host.wake();
    }
  }

  // ---- what the run asks

  public ClientId id() {
    return id;
  }

  public int completed() {
    return completed;
  }

  public int unknown() {
    return unknown;
  }

  public boolean isOpen() {
    return openingSince == NEVER;
  }

  /** Id of the session, or 0. */
  public long session() {
    return host.session();
  }

  /** The result of a call that a script made, or null. */
  public Bytes resultOrNull(long call) {
    return results.get(call);
  }

  public boolean isPending(long call) {
    return pending.containsKey(call);
  }

  public int pendingCalls() {
    return pending.size();
  }

  /** Whether it has done what it had to do. */
  public boolean isServed() {
    return healed
        && quota == 0
        && openingSince == NEVER
        && pending.values().stream().allMatch(call -> call.extra);
  }

  public boolean isDone() {
    return healed && quota == 0 && pending.isEmpty() && openingSince == NEVER;
  }

  /** When the oldest operation that is still pending was started; far ahead when there is none. */
  public long oldestPending() {
    long oldest = openingSince;
    for (Call call : pending.values()) {
      oldest = Math.min(oldest, call.since);
    }
    return oldest == NEVER ? NEVER / 2 : oldest;
  }

  public String describePending() {
    List<String> calls = new ArrayList<>();
    for (Call call : pending.values()) {
      calls.add(call.id + " (" + call.operation + ") since " + call.since / 1e6);
    }
    if (openingSince != NEVER) {
      calls.add("opening a session since " + openingSince / 1e6);
    }
    return id + " " + calls;
  }

  /** Replicas to which its requests never get, as a mask. */
  public long unreachable() {
    return unreachable;
  }

  public void noteUnreachable(int replica) {
    unreachable |= 1L << replica;
  }
}
