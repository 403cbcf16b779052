package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/** Records what an adversary sends; makes messages of correct replicas to feed it with. */
final class FakeContext implements AdversaryContext {
  record Sent(long delay, int to, Message.ReplicaMessage message) {}

  record Replied(ClientId client, Message.ToClient message) {}

  final List<Sent> sent = new ArrayList<>();
  final List<Replied> replied = new ArrayList<>();
  final View view;
  final QuorumSystem quorums;
  final int self;
  final List<Integer> conspirators;
  final Conspiracy conspiracy;
  final SplittableRandom random;
  long now = 1_000_000;
  long regency;
  long lastDelivered = 4;

  FakeContext(int size, int faults, int window, int self, long seed) {
    view =
        View.genesis(
            View.Mode.BYZANTINE,
            window,
            Collections.nCopies(size, 1),
            faults,
            View.Limits.defaults(View.RequestAuthentication.SIGNED));
    quorums = new QuorumSystem(view, QuorumRule.STANDARD);
    this.self = self;
    List<Integer> byzantine = new ArrayList<>(List.of(self));
    for (int i = 0; byzantine.size() < faults; i++) {
      if (i != self) {
        byzantine.add(i);
      }
    }
    Collections.sort(byzantine);
    conspirators = List.copyOf(byzantine);
    conspiracy = new Conspiracy();
    conspirators.forEach(replica -> conspiracy.signers.put(replica, key(replica)));
    random = new SplittableRandom(seed);
  }

  // ---- messages

  static Signer key(int replica) {
    return statement -> {
      Digest digest = new Encoder().label("KEY").i32(replica).raw(statement).hash();
      return new Bytes(new Encoder(32).digest(digest).toByteArray());
    };
  }

  Request request(int client, long sequence) {
    return new Request(
        Request.Kind.ORDERED,
        new ClientId(0, client),
        client + 1,
        sequence,
        new Bytes(new byte[] {1, 2, 3}),
        key(1000 + client).sign(new byte[0]));
  }

  Message.Propose proposal(long instance, long regency) {
    List<Request> requests = new ArrayList<>();
    List<Reference> references = new ArrayList<>();
    for (int client = 0; client < 3; client++) {
      for (long sequence = 2 * instance; sequence < 2 * instance + 2; sequence++) {
        Request request = request(client, sequence);
        requests.add(request);
        references.add(request.reference());
      }
    }
    Batch.Header header =
        new Batch.Header(
            0, instance, 1_000_000 + instance, new Digest(7, 7, 7, 7), regency, Digest.ZERO);
    return new Message.Propose(instance, regency, new Batch(header, references), requests);
  }

  Message.Accept accept(int replica, long instance, long regency, Digest digest) {
    return new Message.Accept(
        instance,
        regency,
        digest,
        key(replica).sign(Statements.accept(cluster(), 0, instance, regency, digest, replica)));
  }

  boolean verifies(int replica, Message.Accept accept) {
    return verifier()
        .replica(
            replica,
            Statements.accept(
                cluster(), 0, accept.instance(), accept.regency(), accept.digest(), replica),
            accept.signature());
  }

  Certificate certificate(long instance, long regency, Digest digest) {
    List<Certificate.Vote> votes = new ArrayList<>();
    for (int replica = 0; replica < quorums.vote(); replica++) {
      votes.add(
          new Certificate.Vote(replica, accept(replica, instance, regency, digest).signature()));
    }
    return new Certificate(instance, regency, digest, votes);
  }

  boolean verifies(Certificate certificate) {
    long mask = 0;
    for (Certificate.Vote vote : certificate.votes()) {
      byte[] statement =
          Statements.accept(
              cluster(),
              0,
              certificate.instance(),
              certificate.regency(),
              certificate.digest(),
              vote.replica());
      if (!verifier().replica(vote.replica(), statement, vote.signature())) {
        return false;
      }
      mask |= quorums.bit(vote.replica());
    }
    return quorums.isVoteQuorum(mask);
  }

  /**
   * STOPDATA of a replica that delivered up to {@code last} and wrote, perhaps locked, the next.
   */
  Message.StopData stopData(int replica, long regency, long last, boolean locked) {
    List<Testimony.Decided> prefix = new ArrayList<>();
    List<Certificate> certificates = new ArrayList<>();
    for (long t = Math.max(1, last - view.window() + 1); t <= last; t++) {
      Digest digest = proposal(t, 0).batch().digest();
      prefix.add(new Testimony.Decided(t, digest));
      certificates.add(certificate(t, 0, digest));
    }
    Digest next = proposal(last + 1, regency - 1).batch().digest();
    Testimony.Lock lock = locked ? new Testimony.Lock(regency - 1, next) : Testimony.Lock.NONE;
    Testimony core =
        new Testimony(
            regency,
            replica,
            0,
            last,
            prefix,
            List.of(
                new Testimony.Open(
                    last + 1, null, lock, List.of(new Testimony.Written(regency - 1, next)))));
    return new Message.StopData(
        new Message.SignedTestimony(core, key(replica).sign(Statements.stopData(cluster(), core))),
        certificates);
  }

  boolean verifies(Message.SignedTestimony data) {
    return verifier()
        .replica(
            data.core().replica(), Statements.stopData(cluster(), data.core()), data.signature());
  }

  /** The SYNC of a correct core here, after everybody's STOPDATA; some replicas lock. */
  Message.Sync sync(long regency, int locked) {
    List<Message.SignedTestimony> entries = new ArrayList<>();
    List<Certificate> certificates = List.of();
    for (int replica = 0; replica < view.size(); replica++) {
      Message.StopData data = stopData(replica, regency, lastDelivered, replica < locked);
      conspiracy.learn(data);
      entries.add(data.testimony());
      certificates = data.certificates();
    }
    conspiracy.learn(proposal(lastDelivered + 1, regency - 1));
    return new Message.Sync(
        regency,
        entries,
        certificates,
        List.of(proposal(lastDelivered + 1, regency - 1).batch()),
        signer().sign(Statements.sync(cluster(), regency, self, entries)));
  }

  boolean verifies(Message.Sync sync) {
    return verifier()
        .replica(
            self,
            Statements.sync(cluster(), sync.regency(), self, sync.entries()),
            sync.signature());
  }

  // ---- driving

  /** The core sends to all others; returns what left instead, and forgets it. */
  List<Sent> broadcast(Adversary adversary, Message.ReplicaMessage message) {
    sent.clear();
    conspiracy.learn(message);
    for (int peer : others()) {
      adversary.onSend(this, peer, message);
    }
    return taken();
  }

  List<Sent> one(Adversary adversary, int to, Message.ReplicaMessage message) {
    sent.clear();
    conspiracy.learn(message);
    adversary.onSend(this, to, message);
    return taken();
  }

  boolean receive(Adversary adversary, int from, Message.ReplicaMessage message) {
    conspiracy.learn(message);
    return adversary.onReceive(this, from, message);
  }

  List<Sent> taken() {
    List<Sent> all = List.copyOf(sent);
    sent.clear();
    return all;
  }

  // ---- context

  @Override
  public int self() {
    return self;
  }

  @Override
  public View view() {
    return view;
  }

  @Override
  public QuorumSystem quorums() {
    return quorums;
  }

  @Override
  public Digest cluster() {
    return new Digest(1, 2, 3, 4);
  }

  @Override
  public long nowMicros() {
    return now;
  }

  @Override
  public SplittableRandom random() {
    return random;
  }

  @Override
  public Signer signer() {
    return key(self);
  }

  @Override
  public Verifier verifier() {
    return new Verifier() {
      @Override
      public boolean replica(int replica, byte[] statement, Bytes signature) {
        return key(replica).sign(statement).equals(signature);
      }

      @Override
      public boolean client(ClientId client, byte[] statement, Bytes signature) {
        return false;
      }
    };
  }

  @Override
  public List<Integer> conspirators() {
    return conspirators;
  }

  @Override
  public Conspiracy conspiracy() {
    return conspiracy;
  }

  @Override
  public long regency() {
    return regency;
  }

  @Override
  public Manifest manifestOrNull(long instance) {
    return instance == 4
        ? new Manifest(4, 3, List.of(Digest.ZERO), 2, List.of(Digest.hash(new byte[] {1, 2})))
        : null;
  }

  @Override
  public Bytes contentOrNull(long instance, int piece) {
    return instance == 4 && piece == 0 ? new Bytes(new byte[] {1, 2}) : null;
  }

  @Override
  public long lastDelivered() {
    return lastDelivered;
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    sendLater(0, to, message);
  }

  @Override
  public void sendLater(long delayMicros, int to, Message.ReplicaMessage message) {
    sent.add(new Sent(delayMicros, to, message));
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    replied.add(new Replied(client, message));
  }

  @Override
  public List<Integer> others() {
    List<Integer> others = new ArrayList<>();
    view.members().forEach(member -> others.add(member.replica()));
    others.remove((Integer) self);
    return others;
  }
}
