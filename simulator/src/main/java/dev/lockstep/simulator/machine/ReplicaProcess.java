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
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.plan.RunConfig;
import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * One process of a replica: hosts the real {@link Replica}, feeds it with events, and carries out
 * what it wants done. Storage and execution have classes of their own.
 */
final class ReplicaProcess implements Actions {
  /** A timer fires no sooner than this after it is set. */
  private static final long TIMER_GRAIN = 20;

  private static final long NEVER = Long.MAX_VALUE;

  private final World world;
  private final Machine machine;
  private final int id;

  /** Null when the replica is correct. */
  private final ByzantineHost host;

  private final Replica replica;
  private final SimStorage storage;
  private final SimExecution execution;
  private final Signer signer;
  private final boolean checksClients;
  private final int bundle;

  /** What the monotonic clock showed when virtual time began. */
  private final long clockBase;

  private long wakeAt = NEVER;
  private boolean flushDue;

  /** What the core said of its state when it was last looked at. */
  private boolean tentative;

  ReplicaProcess(World world, Machine machine, SimService service, long clockBase) {
    this.world = world;
    this.machine = machine;
    this.clockBase = clockBase;
    id = machine.id();
    host = machine.hostOrNull();
    RunConfig config = world.config();
    bundle = config.network().bundle();
    checksClients = config.view().requestsAreSigned();
    signer = world.crypto().replicaSigner(id);
    execution = new SimExecution(world, this, service);
    storage = new SimStorage(world, machine, this, execution);
    replica =
        new Replica(
            new ReplicaConfig(
                id,
                RunConfig.CLUSTER,
                config.view(),
                config.timing(),
                config.budgets(),
                world.crypto().secretDigest(id * 2L + machine.twin()),
                config.checkpointing()),
            world.rules(),
            signer,
            world.flaw().verifier(world.crypto()),
            this);
  }

  void start(StartState state) {
    if (isCorrect()) {
      world.saw(new Sighting.Started(id, state));
    }
    if (world.isTracing()) {
      Checkpoint newest = state.checkpoint();
      world.trace(
          machine.name(),
          "starts "
              + state.kind()
              + " with "
              + state.records().size()
              + " records"
              + (newest == null ? "" : " after a checkpoint of " + newest.instance()));
    }
    StartState seen =
        new StartState(state.kind(), world.flaw().remembered(state.records()), state.checkpoint());
    guarded(() -> replica.start(seen, monotonic(), machine.wall()));
    after();
  }

  Replica replica() {
    return replica;
  }

  int id() {
    return id;
  }

  String name() {
    return machine.name();
  }

  boolean isCorrect() {
    return host == null;
  }

  private long monotonic() {
    return world.now() + clockBase;
  }

  // ---- events

  /** Lets something happen in this process; it is void once the process is gone. */
  void at(long time, Runnable action) {
    world.schedule(time, new Step(action));
  }

  private class Step implements EventQueue.Event {
    private final Runnable action;

    Step(Runnable action) {
      this.action = action;
    }

    @Override
    public final void happen() {
      if (!machine.runs(ReplicaProcess.this) || machine.defers(this) || isVoid()) {
        return;
      }
      handle(action);
      finish();
    }

    boolean isVoid() {
      return false;
    }

    void finish() {
      after();
    }
  }

  private void handle(Runnable action) {
    guarded(() -> replica.onTime(monotonic(), machine.wall()));
    if (isRunning()) {
      guarded(action);
    }
  }

  private boolean isRunning() {
    return machine.runs(this);
  }

  /** No event of a core may throw, whatever it is fed. */
  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (Violation e) {
      throw e;
    } catch (RuntimeException e) {
      StringWriter stack = new StringWriter();
      e.printStackTrace(new PrintWriter(stack));
      throw new Violation("EXCEPTION", machine.name() + " threw " + stack);
    }
  }

  /** What a host does after each event: sooner or later a flush, and the next timer. */
  private void after() {
    if (!isRunning()) {
      return;
    }
    if (bundle == 0) {
      flush();
    } else if (!flushDue) {
      flushDue = true;
      world.schedule(world.now() + world.hardware().nextInt(bundle), new Flush());
    }
    if (isRunning()) {
      arm();
    }
  }

  private void flush() {
    guarded(replica::endTurn);
    if (isCorrect() && isRunning()) {
      reportHoldings();
    }
    if (machine.isAmnesiac() && isRunning() && !replica.isLearner()) {
      machine.recovered();
    }
  }

  private final class Flush extends Step {
    Flush() {
      super(
          () -> {
            flushDue = false;
            flush();
          });
    }

    /** Not what comes after other events, which would ask for the next flush. */
    @Override
    void finish() {
      if (isRunning()) {
        arm();
      }
    }
  }

  private void arm() {
    long deadline = replica.nextDeadline();
    if (deadline == NEVER) {
      return;
    }
    long at = Math.max(world.now() + TIMER_GRAIN, deadline - clockBase);
    if (at < wakeAt) {
      wakeAt = at;
      world.schedule(at, new Wake(at));
    }
  }

  private final class Wake extends Step {
    private final long at;

    Wake(long at) {
      super(() -> wakeAt = NEVER);
      this.at = at;
    }

    /** An earlier one was set since. */
    @Override
    boolean isVoid() {
      return wakeAt != at;
    }
  }

  void receive(int from, Message.ReplicaMessage message) {
    if (isCorrect()) {
      world.saw(new Sighting.Clock(id, machine.wall()));
      world.saw(new Sighting.Received(from, id, message));
    }
    handle(
        () -> {
          world.flaw().receives(replica, message);
          replica.onMessage(from, message);
        });
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
    handle(() -> replica.onClientRequest(client, message));
    after();
  }

  void reconnected(int peer) {
    handle(() -> replica.onReconnect(peer));
    after();
  }

  // ---- what the checkers see of it

  private void reportHoldings() {
    int most = 0;
    for (View.Member member : world.config().view().members()) {
      most = Math.max(most, replica.sponsoredRequests(member.replica()));
    }
    world.saw(new Sighting.Held(id, replica.openInstances(), most, replica.pendingRequests()));
  }

  /** It took up a state of others, which may be anything until it is proved. */
  void becameTentative() {
    tentative = true;
  }

  /**
   * Whether what it delivers and executes is what a correct replica has. A state that is not proved
   * may be anything.
   */
  boolean reportsState() {
    if (isCorrect() && tentative && !replica.isTentative()) {
      tentative = false;
      world.saw(new Sighting.Proved(id, replica.lastDelivered() - 1));
    }
    return isCorrect() && !replica.isTentative();
  }

  /** Before anything that a replica may do only once its state is proved. */
  void noteProved() {
    if (tentative && isRunning() && !replica.isTentative()) {
      tentative = false;
      if (isCorrect()) {
        world.saw(new Sighting.Proved(id, replica.lastDelivered()));
      }
    }
  }

  // ---- messages

  @Override
  public void broadcast(Iterable<Integer> others, Message.ReplicaMessage message) {
    for (int other : others) {
      send(other, message);
    }
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    if (machine.isDying()) {
      return;
    }
    noteProved();
    Message.ReplicaMessage leaves = world.flaw().sends(replica, message);
    if (leaves == null) {
      return;
    }
    if (host != null) {
      host.coreSends(machine.twin(), to, leaves);
      return;
    }
    world.saw(new Sighting.Sent(id, to, leaves));
    world.network().send(id, to, leaves);
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    if (machine.isDying()) {
      return;
    }
    if (host != null) {
      host.coreReplies(client, message);
      return;
    }
    world.saw(new Sighting.Replied(id, client, message));
    world.network().send(id, world.endpoint(client), message);
  }

  // ---- signatures

  private long whenComputed() {
    return world.now() + SimStorage.around(world.hardware(), world.config().network().crypto());
  }

  @Override
  public void signAccept(Message.Accept unsigned, byte[] statement) {
    at(
        whenComputed(),
        () ->
            replica.onAcceptSigned(
                new Message.Accept(
                    unsigned.instance(),
                    unsigned.regency(),
                    unsigned.digest(),
                    signer.sign(statement))));
  }

  @Override
  public void verifyAccept(int sender, Message.Accept accept, byte[] statement) {
    at(
        whenComputed(),
        () -> {
          boolean genuine = world.crypto().replica(sender, statement, accept.signature());
          replica.onAcceptVerified(sender, accept, world.flaw().isGenuine(genuine));
        });
  }

  @Override
  public void verifyRequest(int sender, Request request, byte[] statement) {
    boolean genuine = world.crypto().client(request.client(), statement, request.signature());
    at(whenComputed(), () -> replica.onRequestVerified(sender, request, genuine));
  }

  // ---- storage

  @Override
  public void persist(long ticket, Record record) {
    storage.persist(ticket, record);
  }

  @Override
  public void readDecisions(int requester, long from, long to, int bytes) {
    storage.readDecisions(requester, from, to, bytes);
  }

  @Override
  public boolean storesDecisions() {
    return true;
  }

  @Override
  public void truncate(long below) {
    storage.truncate(below);
  }

  @Override
  public void checkpoint(long instance, Bytes head, boolean provisional) {
    storage.checkpoint(instance, head, provisional);
  }

  @Override
  public void publish(long instance) {
    storage.publish(instance);
  }

  @Override
  public void releaseCheckpoint(long instance) {
    storage.releaseCheckpoint(instance);
  }

  @Override
  public void readPiece(int requester, long instance, int piece) {
    storage.readPiece(requester, instance, piece);
  }

  @Override
  public void receive(Checkpoint checkpoint) {
    storage.receive(checkpoint);
  }

  @Override
  public void storePiece(long instance, int piece, Bytes bytes) {
    storage.storePiece(instance, piece, bytes);
  }

  @Override
  public void install(Checkpoint checkpoint) {
    storage.install(checkpoint);
  }

  // ---- execution

  @Override
  public void deliver(Delivery delivery) {
    machine.delivered(delivery.instance());
    execution.deliver(delivery);
  }

  @Override
  public void read(ClientId client, Request request, int replier) {
    execution.read(client, request, replier);
  }

  @Override
  public void snapshot(long instance) {
    execution.snapshot(instance);
  }

  // ---- what is told

  @Override
  public void halt(String reason) {
    machine.halt(reason);
  }

  @Override
  public void count(Event event, int peer) {
    if (isCorrect()) {
      world.counted(id, event, machine.regency());
    }
  }

  @Override
  public void trace(String line) {
    world.trace(machine.name(), ". " + line);
  }

  @Override
  public boolean traces() {
    return world.isTracing();
  }
}
