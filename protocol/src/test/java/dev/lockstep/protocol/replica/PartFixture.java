package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.ledger.CertificateCheck;
import dev.lockstep.protocol.ledger.ClaimCheck;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.CheckpointStorage;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Monitor;
import dev.lockstep.protocol.port.Transport;
import dev.lockstep.protocol.port.VoteStorage;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.facts.Incarnations;
import dev.lockstep.protocol.replica.facts.PeerCosts;
import dev.lockstep.protocol.replica.facts.Peers;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Timeouts;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.facts.Window;
import dev.lockstep.protocol.replica.kernel.Clock;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Life;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.RequestBudgets;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.state.Sessions;
import dev.lockstep.protocol.view.Genesis;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.ViewHistory;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;

/** The facts of one of four replicas, for tests of single parts; and what the parts asked for. */
public final class PartFixture implements Transport, VoteStorage, CheckpointStorage, Monitor {
  public static final int W = 3;
  public static final long PERIOD = 100_000;
  public static final long TIMEOUT = 400_000;

  public record Sent(int to, Message.ReplicaMessage message) {}

  public final int self;
  public final View view = Views.byzantine(4, 1, W);
  public final Genesis genesis = new Genesis(ReplicaHarness.CLUSTER, View.Mode.BYZANTINE, W);
  public final ViewHistory views = new ViewHistory(view, QuorumRule.STANDARD);
  public final TestCrypto crypto = new TestCrypto();
  public final DecisionChain chain = new DecisionChain(view);
  public final Clock clock = new Clock();
  public final DecisionLog log = new DecisionLog(W, 1 << 20, true);
  public final Regency regency;
  public final Outbox out;
  public final Durable durable = new Durable(this);
  public final Peers peers;
  public final Voice voice;
  public final Incarnations incarnations;
  public final PeerCosts costs;
  public final Timeouts timeouts = new Timeouts(TIMEOUT, 6);
  public final Window window;
  public final CertificateCheck certificates;
  public final ClaimCheck claims;
  public final RequestPool pool;
  public final Work work = new Work();
  public final Life life = new Life();

  public final List<Sent> sent = new ArrayList<>();
  public final List<Event> counted = new ArrayList<>();
  public final List<Record> records = new ArrayList<>();
  public final List<String> asked = new ArrayList<>();
  public String halted;
  private long ticket;

  public PartFixture(int self) {
    this.self = self;
    regency = new Regency(self, views);
    out = new Outbox(self, views, this, this, regency::installed, log::last);
    peers = new Peers(self, genesis, views, log, clock, PERIOD);
    voice = new Voice(genesis, log, regency, peers, VotingRule.STANDARD, this, work);
    incarnations = new Incarnations(views);
    costs = new PeerCosts(views, clock, out, 8 << 20);
    window = new Window(W, log, regency, views, slot -> new Stub());
    certificates =
        new CertificateCheck(genesis.domains(), views.quorums(1), VotingRule.STANDARD, crypto);
    claims = new ClaimCheck(genesis, crypto);
    pool =
        new RequestPool(
            views.quorums(1),
            self,
            work,
            RequestRule.STANDARD,
            new Sessions(view.limits(), DeliveryRule.STANDARD),
            new RequestBudgets(100, 1 << 20, 100, 1 << 20));
  }

  /** The replica's own word that it lost its votes. */
  public Claim claim(int replica, long incarnation) {
    byte[] statement = Statements.incarnation(genesis.cluster(), replica, incarnation);
    return new Claim(replica, incarnation, crypto.signer(replica).sign(statement));
  }

  public void at(long micros) {
    clock.set(micros, micros);
  }

  /** Everything that was stored is durable now. */
  public void becomeDurable() {
    durable.onPersisted(ticket);
  }

  public void deliverUpTo(long last) {
    for (long t = log.last() + 1; t <= last; t++) {
      log.append(chain.batch(t), chain.certificate(t), List.of());
    }
  }

  /** A peer says how far it is. */
  public Message.Status status(long inRegency, boolean synced, long lastDelivered) {
    return new Message.Status(0, inRegency, inRegency, synced, lastDelivered, 0, 0);
  }

  /** What was sent since the last look. */
  public List<Message.ReplicaMessage> takeSent() {
    List<Message.ReplicaMessage> messages = sent.stream().map(Sent::message).toList();
    sent.clear();
    return messages;
  }

  /** An instance that this test decides. */
  public static final class Stub implements Consensus {
    public Testimony.Open state;
    public Certificate decision;
    public int resent;

    @Override
    public void vote(long regency, Batch batch) {}

    @Override
    public void onWrite(int member, long regency, Digest digest) {}

    @Override
    public void onAccept(int member, long regency, Digest digest, Bytes signature) {}

    @Override
    public void onSigned(long regency, Digest digest, Bytes signature) {}

    @Override
    public void onVerified(
        int member, long regency, Digest digest, Bytes signature, boolean valid) {}

    @Override
    public void review(long regency) {}

    @Override
    public void stop(long regency) {}

    @Override
    public Testimony.Open state() {
      return state;
    }

    @Override
    public void decide(Certificate proof) {
      decision = proof;
    }

    @Override
    public Certificate decision() {
      return decision;
    }

    @Override
    public long votedIn() {
      return -1;
    }

    @Override
    public Digest votedFor() {
      return null;
    }

    @Override
    public void restoreWrote(long regency, Digest digest) {}

    @Override
    public void restoreLock(long regency, Digest digest) {}

    @Override
    public void resend(long regency, Resend resend) {
      resent++;
      resend.write(regency, Digest.ZERO);
    }

    @Override
    public long voters(Digest digest) {
      return 0;
    }
  }

  public Stub open(long instance) {
    return (Stub) window.open(instance).consensus;
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
  public void reply(ClientId client, Message.ToClient message) {}

  @Override
  public void persist(long number, Record record) {
    ticket = number;
    records.add(record);
  }

  @Override
  public void readDecisions(int requester, long from, long to, int bytes) {
    asked.add("decisions " + from + " to " + to + " for " + requester);
  }

  @Override
  public boolean storesDecisions() {
    return true;
  }

  @Override
  public void truncate(long below) {
    asked.add("truncate " + below);
  }

  @Override
  public void checkpoint(long instance, Bytes head, boolean provisional) {
    asked.add("checkpoint " + instance);
  }

  @Override
  public void publish(long instance) {
    asked.add("publish " + instance);
  }

  @Override
  public void releaseCheckpoint(long instance) {
    asked.add("release " + instance);
  }

  @Override
  public void readPiece(int requester, long instance, int piece) {
    asked.add("piece " + piece + " of " + instance + " for " + requester);
  }

  @Override
  public void receive(Checkpoint checkpoint) {
    asked.add("receive " + checkpoint.instance());
  }

  @Override
  public void storePiece(long instance, int piece, Bytes bytes) {
    asked.add("store " + piece + " of " + instance);
  }

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
    halted = reason;
  }
}
