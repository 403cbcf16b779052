package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.ordering.InstanceHost;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import java.util.ArrayList;
import java.util.List;

/** The facts of one replica, for tests of parts; what it says is noted and nothing answers. */
public final class Facts implements Actions {
  public static final Digest CLUSTER = new Digest(9, 9, 9, 9);
  public static final long WALL = 1_700_000_000_000_000L;

  /** A message that left; {@code to} is -1 for all. */
  public record Sent(int to, Message.ReplicaMessage message) {}

  public final List<Sent> sent = new ArrayList<>();
  public final List<Record> persisted = new ArrayList<>();
  public final List<Delivery> deliveries = new ArrayList<>();
  public final List<Message.ToClient> replies = new ArrayList<>();
  public final List<Event> counted = new ArrayList<>();
  public final List<String> suspicions = new ArrayList<>();
  public String haltedOrNull;

  public final View view;
  public final Genesis genesis;
  public final ViewHistory views;
  public final Clock clock = new Clock();
  public final Work work = new Work();
  public final DecisionLog log;
  public final Regency regency;
  public final Outbox out;
  public final Durable durable;
  public final Peers peers;
  public final Voice voice;
  public final PeerCosts costs;
  public final Timeouts timeouts = new Timeouts(400_000, 6);
  public final Sessions sessions;
  public final RequestPool pool;
  public final Values values;
  public final Window window;

  public Facts(int self, View view) {
    this.view = view;
    genesis = new Genesis(CLUSTER, view.mode(), view.window());
    views = new ViewHistory(view, QuorumRule.STANDARD);
    clock.set(0, WALL);
    log = new DecisionLog(view.window(), 1 << 20, true);
    regency = new Regency(self, views);
    out = new Outbox(self, views, this, this, regency::installed, log::last);
    durable = new Durable(this);
    peers = new Peers(self, genesis, views, log, clock, 100_000);
    voice = new Voice(genesis, log, regency, peers, VotingRule.STANDARD, this, work);
    costs = new PeerCosts(views, clock, out, 1 << 20);
    sessions = new Sessions(view.limits(), DeliveryRule.STANDARD);
    pool =
        new RequestPool(
            views.quorums(1),
            self,
            work,
            RequestRule.STANDARD,
            sessions,
            ReplicaConfig.Budgets.defaults().requests());
    values = new Values(pool, work);
    window =
        new Window(
            view.window(),
            log,
            regency,
            views,
            new InstanceHost(
                self,
                genesis,
                out,
                durable,
                work,
                regency,
                voice,
                pool,
                VotingRule.STANDARD,
                this));
  }

  public void advance(long micros) {
    clock.set(clock.now() + micros, clock.wall() + micros);
  }

  /** An empty batch that a leader could propose; beyond the window its ancestor is not known. */
  public Batch emptyBatch(long instance, long inRegency) {
    return new Batch(
        new Batch.Header(
            view.id(),
            instance,
            WALL,
            Digest.ZERO,
            inRegency,
            instance <= log.last() + view.window()
                ? log.header(instance - view.window())
                : Digest.ZERO),
        List.of());
  }

  public static Certificate certificate(Batch batch) {
    return new Certificate(batch.instance(), 0, batch.digest(), List.of());
  }

  /** Makes the next instance delivered, by the log's account. */
  public void append() {
    Batch batch = emptyBatch(log.last() + 1, 0);
    log.append(batch, certificate(batch), List.of());
    views.onDelivered(log.last());
  }

  /** What the peer says of itself. */
  public void status(int from, long lastDelivered, long learnUntil) {
    peers.onStatus(from, new Message.Status(0, 0, 0, true, lastDelivered, learnUntil));
  }

  /** Messages of one kind that were sent to all, or to anybody. */
  public <M extends Message.ReplicaMessage> List<M> sent(Class<M> kind) {
    return sent.stream().map(Sent::message).filter(kind::isInstance).map(kind::cast).toList();
  }

  public Consensus consensus(long instance) {
    return window.open(instance).consensus;
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    sent.add(new Sent(to, message));
  }

  @Override
  public void broadcast(Iterable<Integer> others, Message.ReplicaMessage message) {
    sent.add(new Sent(-1, message));
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    replies.add(message);
  }

  @Override
  public void persist(long ticket, Record record) {
    persisted.add(record);
  }

  @Override
  public void readDecisions(int requester, long from, long to, int bytes) {}

  @Override
  public boolean storesDecisions() {
    return true;
  }

  @Override
  public void truncate(long below) {}

  @Override
  public void checkpoint(long instance, Bytes head, boolean provisional) {}

  @Override
  public void publish(long instance) {}

  @Override
  public void releaseCheckpoint(long instance) {}

  @Override
  public void readPiece(int requester, long instance, int piece) {}

  @Override
  public void receive(Checkpoint checkpoint) {}

  @Override
  public void storePiece(long instance, int piece, Bytes bytes) {}

  @Override
  public void signAccept(Message.Accept unsigned, byte[] statement) {}

  @Override
  public void verifyAccept(int sender, Message.Accept accept, byte[] statement) {}

  @Override
  public void verifyRequest(int sender, Request request, byte[] statement) {}

  @Override
  public void deliver(Delivery delivery) {
    deliveries.add(delivery);
  }

  @Override
  public void read(ClientId client, Request request, int replier) {}

  @Override
  public void snapshot(long instance) {}

  @Override
  public void install(Checkpoint checkpoint) {}

  @Override
  public void count(Event event, int peer) {
    counted.add(event);
  }

  @Override
  public void trace(String line) {}

  @Override
  public boolean traces() {
    return false;
  }

  @Override
  public void halt(String reason) {
    haltedOrNull = reason;
  }
}
