package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.plan.RunConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The machine of one replica: its process, which comes and goes, its disk, its clock, its service.
 * Hosts the real {@link Replica}.
 */
public final class ReplicaNode implements Actions {
  /** All clocks show this at the start, give or take their errors. */
  private static final long EPOCH = 1_000_000_000_000L;

  /** A timer fires no sooner than this after it is set. */
  private static final long TIMER_GRAIN = 20;

  private static final long NEVER = Long.MAX_VALUE;

  private final World world;
  private final int id;
  private final int twin;

  /** Null when the replica is correct. */
  private final ByzantineHost host;

  private final SimDisk disk;
  private final Signer signer;
  private final boolean checksClients;
  private final int bundle;
  private final ArrayDeque<EventQueue.Event> backlog = new ArrayDeque<>();

  private Replica replica;
  private SimService service;
  private boolean up;
  private boolean paused;
  private boolean halted;
  private boolean amnesiac;

  /** Number of the process; events of an earlier one are void. */
  private int life;

  private long downUntil;
  private long pausedUntil;
  private long monotonicBase;
  private long clockOffset;

  private long wakeAt = NEVER;
  private boolean flushDue;

  /** The executing thread is busy until then. */
  private long executingUntil;

  private int recordsAtStart;
  private int confirmed;
  private boolean confirmationDue;
  private boolean syncing;

  private long highestDelivered;

  /** Moments of persistence until the process dies, 0 for never; then what it does is lost. */
  private int dyingIn;

  private long dyingUntil;
  private boolean dying;
  private long fullUntil;

  /** What the core said of its state when it was last looked at. */
  private boolean tentative;

  /** The state after this instance is wanted for a checkpoint. */
  private long snapshotAt;

  private byte[] snapshot;

  ReplicaNode(World world, int id, ByzantineHost host, int twin) {
    this.world = world;
    this.id = id;
    this.host = host;
    this.twin = twin;
    disk = new SimDisk(world.config().durable());
    signer = world.crypto().replicaSigner(id);
    checksClients =
        world.config().view().byzantine()
            && world.config().view().limits().authentication() == View.RequestAuthentication.SIGNED;
    bundle = world.config().network().bundle();
  }

  // ---- the process ------------------------------------------------------------------------------

  /** Starts the process if it is not running. */
  public void start() {
    if (up || halted) {
      return;
    }
    life++;
    up = true;
    dying = false;
    paused = false;
    backlog.clear();
    wakeAt = NEVER;
    flushDue = false;
    confirmationDue = false;
    syncing = false;
    confirmed = 0;
    executingUntil = 0;
    service = new SimService();
    tentative = false;
    SimDisk.Stored newest = disk.newestOrNull();
    if (newest != null && !service.restore(newest.content())) {
      throw new IllegalStateException("a checkpoint of replica " + id + " cannot be read");
    }
    monotonicBase = world.storage().nextLong(1_000_000_000L);
    StartState state = disk.open();
    recordsAtStart = disk.size();
    if (state.kind() == StartState.Kind.LOST) {
      amnesiac = true;
    }
    RunConfig config = world.config();
    replica =
        new Replica(
            new ReplicaConfig(
                id,
                RunConfig.CLUSTER,
                config.view(),
                config.timing(),
                config.budgets(),
                world.crypto().secretDigest(id * 2L + twin),
                config.checkpointing()),
            world.rules(),
            signer,
            world.crypto(),
            this);
    if (host == null) {
      world.observers().started(world.now(), id, state);
    }
    if (world.isTracing()) {
      world.trace(
          name(),
          "starts "
              + state.kind()
              + " with "
              + state.records().size()
              + " records"
              + (newest == null ? "" : " after a checkpoint of " + newest.checkpoint().instance()));
    }
    try {
      replica.start(state, monotonic(), wall());
    } catch (RuntimeException e) {
      throw failed(e);
    }
    after();
    if (life > 1) {
      world.announceRestart(id);
    }
  }

  /** The process dies; what it has written stays in the file. */
  public void kill(long until) {
    if (!up) {
      downUntil = Math.max(downUntil, until);
      return;
    }
    up = false;
    life++;
    downUntil = until;
    backlog.clear();
    replica = null;
    world.network().losePending(id);
    if (host == null) {
      world.observers().crashed(world.now(), id);
    }
    if (world.isTracing()) {
      world.trace(name(), "dies");
    }
  }

  /** The machine loses power. */
  public void powerCycle(long until) {
    kill(until);
    disk.powerCycle(world.storage());
    amnesiac |= disk.isLost();
  }

  /** The process dies in the middle of what it does at its so manieth moment of persistence. */
  public void killAtPersistence(int moments, long until) {
    dyingIn = moments;
    dyingUntil = until;
  }

  /** A moment at which a crash must not hurt. */
  private void persistenceMoment() {
    if (dyingIn > 0 && --dyingIn == 0 && up && !world.isHealed()) {
      dying = true;
      world.happenedFault("died-at-persistence");
      world.schedule(world.now(), new Die(life));
    }
  }

  private final class Die extends EventQueue.Event {
    private final int of;

    Die(int of) {
      this.of = of;
    }

    @Override
    public void happen() {
      if (up && life == of) {
        kill(dyingUntil);
        world.schedule(Math.max(dyingUntil, world.now() + 1), new Revive());
      }
    }
  }

  private final class Revive extends EventQueue.Event {
    @Override
    public void happen() {
      restartIfDue();
    }
  }

  /** Writes fail until then. */
  public void fillDisk(long until) {
    fullUntil = until;
  }

  private boolean isDiskFull() {
    return world.now() < fullUntil && !world.isHealed();
  }

  /** A write failed: the replica stops, loudly; somebody makes room and starts it again. */
  private void stopForDisk() {
    world.happenedFault("stopped-for-disk");
    dying = true;
    dyingUntil = fullUntil;
    world.schedule(world.now(), new Die(life));
  }

  /** Bits of the vote file flip while the process is down. */
  public void rot(long until) {
    kill(until);
    if (disk.rot(world.storage())) {
      amnesiac = true;
      world.happenedFault("log-damaged");
    }
  }

  /** Bits of the newest checkpoint flip while the process is down. */
  public void rotCheckpoint(long until) {
    kill(until);
    if (disk.rotCheckpoint()) {
      world.happenedFault("checkpoint-damaged");
    }
  }

  /** The machine comes back with an empty disk. */
  public void loseDisk(long until) {
    kill(until);
    disk.lose();
    amnesiac = true;
  }

  /** Starts the process unless another fault keeps it down. */
  public void restartIfDue() {
    if (!up && world.now() >= downUntil) {
      start();
    }
  }

  public void pause(long until) {
    if (up) {
      paused = true;
      pausedUntil = Math.max(pausedUntil, until);
      if (world.isTracing()) {
        world.trace(name(), "pauses");
      }
    }
  }

  public void resumeIfDue() {
    if (world.now() >= pausedUntil) {
      resume();
    }
  }

  /** Goes on; everything that happened meanwhile happens now, in its order. */
  public void resume() {
    pausedUntil = 0;
    if (!paused) {
      return;
    }
    paused = false;
    if (world.isTracing()) {
      world.trace(name(), "resumes");
    }
    for (EventQueue.Event event : backlog) {
      world.schedule(world.now(), event);
    }
    backlog.clear();
  }

  /** True when the process cannot handle this event now: it is down, or will handle it later. */
  boolean defers(EventQueue.Event event) {
    if (!up) {
      return true;
    }
    if (paused) {
      backlog.add(event);
      return true;
    }
    return false;
  }

  /** The wall clock is wrong by this from now on. */
  public void setClockOffset(long micros) {
    clockOffset = micros;
  }

  private long monotonic() {
    return world.now() + monotonicBase;
  }

  private long wall() {
    return EPOCH + world.now() + clockOffset;
  }

  // ---- what the world asks
  // ------------------------------------------------------------------------

  public int id() {
    return id;
  }

  public boolean isUp() {
    return up;
  }

  boolean isPaused() {
    return paused;
  }

  boolean isHalted() {
    return halted;
  }

  /** Whether it lost its votes and has not recovered yet. */
  boolean isAmnesiac() {
    return amnesiac;
  }

  /** The running core, or null. */
  public Replica replicaOrNull() {
    return replica;
  }

  public long lastDelivered() {
    return replica == null ? 0 : replica.lastDelivered();
  }

  public long regency() {
    return replica == null ? 0 : replica.regency();
  }

  long highestDelivered() {
    return highestDelivered;
  }

  public SimDisk disk() {
    return disk;
  }

  public String describe() {
    return name()
        + (halted ? " halted" : !up ? " down" : paused ? " paused" : "")
        + (replica == null ? "" : " " + replica.describe());
  }

  private String name() {
    return world.name(id) + (twin > 0 ? "'" : "");
  }

  // ---- events -----------------------------------------------------------------------------------

  /** An event within this machine; void once the process that caused it is gone. */
  private abstract class NodeEvent extends EventQueue.Event {
    private final int born = life;

    @Override
    public final void happen() {
      if (born != life || defers(this)) {
        return;
      }
      if (isVoid()) {
        return;
      }
      before();
      if (up) {
        try {
          act();
        } catch (Violation e) {
          throw e;
        } catch (RuntimeException e) {
          throw failed(e);
        }
      }
      finish();
    }

    void finish() {
      after();
    }

    boolean isVoid() {
      return false;
    }

    abstract void act();
  }

  private void before() {
    try {
      replica.onTime(monotonic(), wall());
    } catch (Violation e) {
      throw e;
    } catch (RuntimeException e) {
      throw failed(e);
    }
  }

  private void after() {
    if (!up) {
      return;
    }
    if (bundle == 0) {
      flush();
    } else if (!flushDue) {
      flushDue = true;
      world.schedule(world.now() + world.hardware().nextInt(bundle), new Flush());
    }
    if (up) {
      arm();
    }
  }

  private void flush() {
    try {
      replica.flush();
    } catch (Violation e) {
      throw e;
    } catch (RuntimeException e) {
      throw failed(e);
    }
    if (host == null && up) {
      reportHoldings();
    }
    if (amnesiac && up && !replica.isLearner()) {
      amnesiac = false;
    }
  }

  private void reportHoldings() {
    int most = 0;
    for (View.Member member : world.config().view().members()) {
      most = Math.max(most, replica.sponsoredRequests(member.replica()));
    }
    world
        .observers()
        .held(world.now(), id, replica.openInstances(), most, replica.pendingRequests());
  }

  private void arm() {
    long deadline = replica.nextDeadline();
    if (deadline == NEVER) {
      return;
    }
    long at = Math.max(world.now() + TIMER_GRAIN, deadline - monotonicBase);
    if (at < wakeAt) {
      wakeAt = at;
      world.schedule(at, new Wake(at));
    }
  }

  /** No event of a core may throw, whatever it is fed. */
  private Violation failed(RuntimeException e) {
    StringWriter stack = new StringWriter();
    e.printStackTrace(new PrintWriter(stack));
    return new Violation("EXCEPTION", name() + " threw " + stack);
  }

  private final class Flush extends NodeEvent {
    @Override
    void act() {
      flushDue = false;
      flush();
    }

    @Override
    void finish() {
      // Not after(), which would ask for the next flush.
      if (up) {
        arm();
      }
    }
  }

  private final class Wake extends NodeEvent {
    private final long at;

    Wake(long at) {
      this.at = at;
    }

    @Override
    boolean isVoid() {
      // An earlier one was set since.
      return wakeAt != at;
    }

    @Override
    void act() {
      wakeAt = NEVER;
    }
  }

  void receive(int from, Message.ReplicaMessage message) {
    if (host == null) {
      world.observers().clock(world.now(), id, wall());
      world.observers().received(world.now(), from, id, message);
    }
    before();
    if (up) {
      try {
        replica.onMessage(from, message);
      } catch (Violation e) {
        throw e;
      } catch (RuntimeException e) {
        throw failed(e);
      }
    }
    after();
  }

  void receiveRequest(ClientId client, Message.ClientRequest message) {
    Request request = message.request();
    if (checksClients
        && request.kind() != Request.Kind.UNORDERED
        && !world
            .crypto()
            .client(
                request.client(),
                Statements.request(RunConfig.CLUSTER, request.digest()),
                request.signature())) {
      return;
    }
    before();
    if (up) {
      try {
        replica.onClientRequest(client, message);
      } catch (Violation e) {
        throw e;
      } catch (RuntimeException e) {
        throw failed(e);
      }
    }
    after();
  }

  void reconnected(int peer) {
    before();
    if (up) {
      replica.onReconnect(peer);
    }
    after();
  }

  // ---- what the core wants
  // ------------------------------------------------------------------------

  @Override
  public void broadcast(Iterable<Integer> others, Message.ReplicaMessage message) {
    for (int other : others) {
      send(other, message);
    }
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    if (dying) {
      return;
    }
    noteProved();
    if (host != null) {
      host.coreSends(twin, to, message);
      return;
    }
    world.observers().sent(world.now(), id, to, message);
    world.network().send(id, to, message);
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    if (dying) {
      return;
    }
    if (host != null) {
      host.coreReplies(client, message);
      return;
    }
    world.observers().replied(world.now(), id, client, message);
    world.network().send(id, world.endpoint(client), message);
  }

  // ---- storage
  // ------------------------------------------------------------------------------------

  @Override
  public void persist(long ticket, Record record) {
    noteProved();
    if (host == null) {
      world.observers().persisting(world.now(), id, ticket, record);
    }
    if (dying) {
      return;
    }
    persistenceMoment();
    if (dying && world.storage().nextBoolean()) {
      return;
    }
    if (isDiskFull()) {
      stopForDisk();
      return;
    }
    disk.append(record);
    maybeSync();
    maybeConfirm();
  }

  @Override
  public boolean storesDecisions() {
    return true;
  }

  @Override
  public void readDecisions(int requester, long from, long to, int bytes) {
    world.schedule(
        world.now() + around(world.storage(), world.config().network().fsync()),
        new DecisionsRead(requester, from, disk.read(from, to, bytes)));
  }

  private final class DecisionsRead extends NodeEvent {
    private final int requester;
    private final long from;
    private final List<Record.Decided> decisions;

    DecisionsRead(int requester, long from, List<Record.Decided> decisions) {
      this.requester = requester;
      this.from = from;
      this.decisions = decisions;
    }

    @Override
    void act() {
      replica.onDecisionsRead(requester, from, decisions);
    }
  }

  private void maybeSync() {
    if (!syncing && disk.wantsSync()) {
      syncing = true;
      world.schedule(
          world.now() + around(world.storage(), world.config().network().fsync()),
          new Synced(disk.size()));
    }
  }

  /** A time around the mean, with a tail. */
  private static long around(SplittableRandom random, int mean) {
    long time = mean / 2 + random.nextInt(mean + 1);
    return (random.nextInt() & 63) == 0 ? time * 8 : time;
  }

  private void maybeConfirm() {
    if (!confirmationDue && disk.durableCount() - recordsAtStart > confirmed) {
      confirmationDue = true;
      world.schedule(world.now() + 1 + world.hardware().nextInt(10), new Confirm());
    }
  }

  /** An fsync is done that covers the records below {@code upTo}. */
  private final class Synced extends NodeEvent {
    private final int upTo;

    Synced(int upTo) {
      this.upTo = upTo;
    }

    @Override
    void act() {
      persistenceMoment();
      if (dying && world.storage().nextBoolean()) {
        return;
      }
      disk.onSynced(upTo);
      syncing = false;
      maybeSync();
      maybeConfirm();
    }
  }

  private final class Confirm extends NodeEvent {
    @Override
    void act() {
      confirmationDue = false;
      persistenceMoment();
      if (dying) {
        return;
      }
      int ticket = disk.durableCount() - recordsAtStart;
      if (ticket > confirmed) {
        confirmed = ticket;
        if (host == null) {
          world.observers().persisted(world.now(), id, ticket);
        }
        replica.onPersisted(ticket);
      }
    }
  }

  // ---- cryptography
  // -------------------------------------------------------------------------------

  private long cryptoTime() {
    return around(world.hardware(), world.config().network().crypto());
  }

  @Override
  public void signAccept(Message.Accept unsigned, byte[] statement) {
    world.schedule(world.now() + cryptoTime(), new Signed(unsigned, statement));
  }

  @Override
  public void verifyAccept(int sender, Message.Accept accept, byte[] statement) {
    world.schedule(world.now() + cryptoTime(), new Verified(sender, accept, statement));
  }

  private final class Signed extends NodeEvent {
    private final Message.Accept unsigned;
    private final byte[] statement;

    Signed(Message.Accept unsigned, byte[] statement) {
      this.unsigned = unsigned;
      this.statement = statement;
    }

    @Override
    void act() {
      replica.onAcceptSigned(
          new Message.Accept(
              unsigned.instance(), unsigned.regency(), unsigned.digest(), signer.sign(statement)));
    }
  }

  private final class Verified extends NodeEvent {
    private final int sender;
    private final Message.Accept accept;
    private final byte[] statement;

    Verified(int sender, Message.Accept accept, byte[] statement) {
      this.sender = sender;
      this.accept = accept;
      this.statement = statement;
    }

    @Override
    void act() {
      replica.onAcceptVerified(
          sender, accept, world.crypto().replica(sender, statement, accept.signature()));
    }
  }

  // ---- execution
  // ----------------------------------------------------------------------------------

  private long executionSlot(int requests) {
    long time = 1;
    for (int i = 0; i < requests; i++) {
      time += around(world.hardware(), world.config().network().execution());
    }
    executingUntil = Math.max(executingUntil, world.now()) + time;
    return executingUntil;
  }

  @Override
  public void deliver(Delivery delivery) {
    if (delivery.instance() > highestDelivered) {
      highestDelivered = delivery.instance();
    }
    if (reportsState()) {
      world.observers().delivered(world.now(), id, delivery);
      if ((delivery.instance() & 7) == 0) {
        world.observers().sessions(world.now(), id, delivery.instance(), replica.sessionHash());
      }
    }
    if (world.isTracing()) {
      world.trace(
          name(),
          "delivers "
              + delivery.instance()
              + " "
              + delivery.commands().stream().map(Delivery.Command::request).toList());
    }
    world.schedule(executionSlot(delivery.commands().size()), new Executed(delivery));
  }

  /**
   * Whether what it delivers and executes is what a correct replica has. A state that is not proved
   * may be anything.
   */
  private boolean reportsState() {
    if (host == null && tentative && !replica.isTentative()) {
      tentative = false;
      world.observers().proved(world.now(), id, replica.lastDelivered() - 1);
    }
    return host == null && !replica.isTentative();
  }

  /** Before anything that a replica may do only once its state is proved. */
  private void noteProved() {
    if (tentative && up && !replica.isTentative()) {
      tentative = false;
      if (host == null) {
        world.observers().proved(world.now(), id, replica.lastDelivered());
      }
    }
  }

  // ---- checkpoints
  // --------------------------------------------------------------------------------

  @Override
  public void snapshot(long instance) {
    snapshotAt = instance;
    snapshot = null;
  }

  /** An event after about as long as an fsync takes. */
  private void afterStorage(Runnable then) {
    world.schedule(
        world.now() + around(world.storage(), world.config().network().fsync()), new Stored(then));
  }

  private final class Stored extends NodeEvent {
    private final Runnable then;

    Stored(Runnable then) {
      this.then = then;
    }

    @Override
    void act() {
      persistenceMoment();
      if (dying && world.storage().nextBoolean()) {
        return;
      }
      if (isDiskFull()) {
        stopForDisk();
        return;
      }
      then.run();
      persistenceMoment();
    }
  }

  private int pieceBytes() {
    return world.config().checkpointing().pieceBytes();
  }

  @Override
  public void checkpoint(long instance, Bytes head, boolean provisional) {
    byte[] content = snapshot;
    snapshot = null;
    snapshotAt = 0;
    Checkpoint checkpoint =
        new Checkpoint(instance, head, content.length, SimDisk.digests(content, pieceBytes()));
    afterStorage(
        () -> {
          disk.store(new SimDisk.Stored(checkpoint, content), provisional);
          replica.onCheckpointed(checkpoint);
        });
  }

  @Override
  public void publish(long instance) {
    afterStorage(
        () -> {
          disk.publish(instance);
          replica.onPublished(instance);
          noteProved();
        });
  }

  @Override
  public void releaseCheckpoint(long instance) {
    disk.release(instance);
  }

  @Override
  public void truncate(long below) {
    if (dying) {
      return;
    }
    int dropped = disk.truncate(below);
    if (host == null) {
      world.observers().truncated(world.now(), id, dropped);
    }
  }

  @Override
  public void readPiece(int requester, long instance, int piece) {
    SimDisk.Stored stored = disk.checkpointOrNull(instance);
    if (stored == null) {
      throw new IllegalStateException("no checkpoint of " + instance + " at replica " + id);
    }
    Bytes bytes = SimDisk.piece(stored.content(), piece, pieceBytes());
    afterStorage(() -> replica.onPieceRead(requester, instance, piece, bytes));
  }

  @Override
  public void receive(Checkpoint checkpoint) {
    afterStorage(() -> replica.onReceiving(checkpoint.instance(), disk.receive(checkpoint)));
  }

  @Override
  public void storePiece(long instance, int piece, Bytes bytes) {
    disk.put(piece, bytes);
    afterStorage(() -> replica.onPieceStored(instance, piece));
  }

  @Override
  public void install(Checkpoint checkpoint) {
    SimDisk.Stored whole = disk.whole();
    world.schedule(
        executionSlot(1),
        new Stored(
            () -> {
              tentative = true;
              replica.onInstalled(checkpoint.instance(), service.restore(whole.content()));
            }));
  }

  @Override
  public void read(ClientId client, Request request, int replier) {
    world.schedule(executionSlot(1), new Read(client, request, replier));
  }

  private final class Executed extends NodeEvent {
    private final Delivery delivery;

    Executed(Delivery delivery) {
      this.delivery = delivery;
    }

    @Override
    void act() {
      List<Bytes> results = service.execute(delivery);
      if (reportsState()) {
        world.observers().executed(world.now(), id, delivery.instance(), service.stateHash());
      }
      if (snapshotAt == delivery.instance()) {
        snapshot = service.snapshot();
      }
      replica.onExecuted(delivery.instance(), results);
    }
  }

  private final class Read extends NodeEvent {
    private final ClientId client;
    private final Request request;
    private final int replier;

    Read(ClientId client, Request request, int replier) {
      this.client = client;
      this.request = request;
      this.replier = replier;
    }

    @Override
    void act() {
      replica.onRead(client, request, replier, service.read(request.operation()));
    }
  }

  // ---- the rest
  // -----------------------------------------------------------------------------------

  private final List<String> haltReasons = new ArrayList<>();

  @Override
  public void halt(String reason) {
    // The core is still on the stack: it must not be fed any more, but it may finish this event.
    halted = true;
    up = false;
    life++;
    haltReasons.add(reason);
    if (world.isTracing()) {
      world.trace(name(), "halts: " + reason);
    }
    if (host == null) {
      world.observers().halted(world.now(), id, reason);
    }
  }

  @Override
  public void count(Event event, int peer) {
    if (host == null) {
      world.counted(id, event, replica == null ? 0 : replica.regency());
    }
  }

  @Override
  public void trace(String line) {
    world.trace(name(), ". " + line);
  }

  @Override
  public boolean traces() {
    return world.isTracing();
  }
}
