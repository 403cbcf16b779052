package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ServiceResult;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** One replica whose storage, signatures and service answer at once, after the event. */
final class ReplicaHarness implements Actions {
  static final Digest CLUSTER = new Digest(9, 9, 9, 9);

  /** What the replica sent since the last look. */
  record Sent(int to, Message.ReplicaMessage message) {}

  final TestCrypto crypto = new TestCrypto();
  final Replica replica;
  private final int id;
  final List<Sent> sent = new ArrayList<>();
  String halted;
  private final ArrayDeque<Runnable> answers = new ArrayDeque<>();
  private long now;

  ReplicaHarness(int id, View view, ReplicaConfig.Budgets budgets) {
    this(id, view, budgets, StartState.fresh());
  }

  ReplicaHarness(int id, View view, ReplicaConfig.Budgets budgets, StartState state) {
    this(id, view, budgets, state, ReplicaConfig.Checkpointing.NONE);
  }

  ReplicaHarness(
      int id,
      View view,
      ReplicaConfig.Budgets budgets,
      StartState state,
      ReplicaConfig.Checkpointing checkpointing) {
    this.id = id;
    replica =
        new Replica(
            new ReplicaConfig(
                id,
                CLUSTER,
                view,
                ReplicaConfig.Timing.defaults(),
                budgets,
                new Digest(id, 1, 2, 3),
                checkpointing),
            Rules.standard(),
            crypto.signer(id),
            crypto,
            this);
    replica.start(state, 0, WALL);
    answer();
  }

  static final long WALL = 1_700_000_000_000_000L;

  void advance(long micros) {
    now += micros;
    replica.onTime(now, WALL + now);
    answer();
  }

  void receive(int sender, Message.ReplicaMessage message) {
    replica.onMessage(sender, message);
    answer();
  }

  void request(ClientId client, Message.ClientRequest request) {
    replica.onClientRequest(client, request);
    answer();
  }

  private void answer() {
    while (!answers.isEmpty()) {
      answers.remove().run();
    }
    replica.endTurn();
    while (!answers.isEmpty()) {
      answers.remove().run();
    }
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    sent.add(new Sent(to, message));
  }

  @Override
  public void broadcast(Iterable<Integer> others, Message.ReplicaMessage message) {
    others.forEach(other -> send(other, message));
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    replies.add(message);
  }

  /** What clients were told. */
  final List<Message.ToClient> replies = new ArrayList<>();

  /** The service answers no reads until {@link #finishReads}. */
  boolean serviceIsBusy;

  final List<Request> waitingReads = new ArrayList<>();

  void finishReads() {
    List.copyOf(waitingReads)
        .forEach(read -> replica.onRead(read.client(), read, -1, ServiceResult.EMPTY));
    waitingReads.clear();
  }

  @Override
  public void persist(long ticket, Record record) {
    answers.add(() -> replica.onPersisted(ticket));
  }

  @Override
  public void signAccept(Message.Accept unsigned, byte[] statement) {
    Bytes signature = crypto.signer(id).sign(statement);
    answers.add(
        () ->
            replica.onAcceptSigned(
                new Message.Accept(
                    unsigned.instance(), unsigned.regency(), unsigned.digest(), signature)));
  }

  /** Checks of ACCEPTs that were asked for. */
  int acceptsToVerify;

  @Override
  public void verifyAccept(int sender, Message.Accept accept, byte[] statement) {
    acceptsToVerify++;
    boolean valid = crypto.replica(sender, statement, accept.signature());
    answers.add(() -> replica.onAcceptVerified(sender, accept, valid));
  }

  /** Checks of clients' signatures that were asked for. */
  int requestsToVerify;

  @Override
  public void verifyRequest(int sender, Request request, byte[] statement) {
    requestsToVerify++;
    boolean valid = crypto.client(request.client(), statement, request.signature());
    answers.add(() -> replica.onRequestVerified(sender, request, valid));
  }

  @Override
  public void deliver(Delivery delivery) {
    List<ServiceResult> results =
        delivery.commands().stream().map(command -> ServiceResult.EMPTY).toList();
    answers.add(() -> replica.onExecuted(delivery.instance(), results));
  }

  @Override
  public void read(ClientId client, Request request, int replier) {
    if (serviceIsBusy) {
      waitingReads.add(request);
    } else {
      answers.add(() -> replica.onRead(client, request, replier, ServiceResult.EMPTY));
    }
  }

  @Override
  public void count(Event event, int peer) {}

  /** Checkpoints that storage has got and not answered. */
  final List<Checkpoint> taken = new ArrayList<>();

  final List<Long> released = new ArrayList<>();
  long truncatedBelow;

  @Override
  public void checkpoint(long instance, Bytes head, boolean provisional) {
    taken.add(new Checkpoint(instance, head, 0, List.of()));
  }

  @Override
  public void releaseCheckpoint(long instance) {
    released.add(instance);
  }

  @Override
  public void truncate(long below) {
    truncatedBelow = below;
  }

  @Override
  public void readDecisions(int requester, long from, long to, int bytes) {}

  @Override
  public boolean storesDecisions() {
    return true;
  }

  @Override
  public void snapshot(long instance) {}

  @Override
  public void publish(long instance) {}

  @Override
  public void readPiece(int requester, long instance, int piece) {}

  /** Checkpoints of others for which storage was asked to make room. */
  final List<Checkpoint> received = new ArrayList<>();

  @Override
  public void receive(Checkpoint checkpoint) {
    received.add(checkpoint);
    answers.add(() -> replica.onReceiving(checkpoint.instance(), new BitSet()));
  }

  @Override
  public void storePiece(long instance, int piece, Bytes bytes) {
    answers.add(() -> replica.onPieceStored(instance, piece));
  }

  @Override
  public void install(Checkpoint checkpoint) {}

  @Override
  public void trace(String line) {}

  @Override
  public boolean traces() {
    return false;
  }

  @Override
  public void halt(String reason) {
    halted = reason;
  }
}
