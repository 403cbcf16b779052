package dev.lockstep.simulator.scenario;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import java.util.function.Predicate;

/** Words that the scenarios share. */
final class Scenario {
  /** Request timeout of a scripted cluster, in microseconds. */
  static final long TIMEOUT = 100_000;

  static final long SECOND = 1_000_000;

  private Scenario() {}

  // ---- clients

  /** A client whose session is open at every correct replica. */
  static ScriptedClient client(SimCluster cluster, String name) {
    ScriptedClient client = cluster.client(name);
    cluster.runUntil(client::hasSession);
    settle(cluster);
    return client;
  }

  /** Until every correct replica that is up has delivered as much as any other. */
  static void settle(SimCluster cluster) {
    cluster.runUntilDelivered(last(cluster));
    cluster.runFor(5_000);
  }

  /** The last instance that any replica has delivered. */
  static long last(SimCluster cluster) {
    long last = 0;
    for (int id = 0; id < cluster.size(); id++) {
      last = Math.max(last, cluster.replica(id).lastDelivered());
    }
    return last;
  }

  /** The highest regency that any replica has installed. */
  static long regency(SimCluster cluster) {
    long regency = 0;
    for (int id = 0; id < cluster.size(); id++) {
      regency = Math.max(regency, cluster.replica(id).regency());
    }
    return regency;
  }

  /** So many operations of one client, one after the other. */
  static void serve(SimCluster cluster, ScriptedClient client, int operations) {
    for (int i = 0; i < operations; i++) {
      Call call = client.submit(KvOperation.add(7, 1));
      cluster.runUntil(call::hasResult, 10 * SECOND);
    }
  }

  // ---- messages

  /** The regency of a PROPOSE, WRITE or ACCEPT; -1 of any other message. */
  static long regency(Envelope said) {
    if (said.message() instanceof Message.Propose m) {
      return m.regency();
    } else if (said.message() instanceof Message.Write m) {
      return m.regency();
    } else if (said.message() instanceof Message.Accept m) {
      return m.regency();
    }
    return -1;
  }

  static Predicate<Envelope> propose(long instance, long regency) {
    return said -> said.is(Message.Propose.class) && isAt(said, instance, regency);
  }

  static Predicate<Envelope> write(long instance, long regency) {
    return said -> said.is(Message.Write.class) && isAt(said, instance, regency);
  }

  static Predicate<Envelope> accept(long instance, long regency) {
    return said -> said.is(Message.Accept.class) && isAt(said, instance, regency);
  }

  static Predicate<Envelope> vote(long instance, long regency) {
    return write(instance, regency).or(accept(instance, regency));
  }

  static Predicate<Envelope> sync(long regency) {
    return said -> said.message() instanceof Message.Sync m && m.regency() == regency;
  }

  static Predicate<Envelope> stopData(long regency) {
    return said ->
        said.message() instanceof Message.StopData m && m.testimony().core().regency() == regency;
  }

  static Predicate<Envelope> decision() {
    return said -> said.is(Message.Decision.class);
  }

  private static boolean isAt(Envelope said, long instance, long regency) {
    return said.instance() == instance && regency(said) == regency;
  }

  // ---- values

  /** What was proposed to somebody, or would have been by a puppet. */
  static Message.Propose proposal(List<Envelope> said, long instance, long regency) {
    return said.stream()
        .filter(propose(instance, regency))
        .map(envelope -> (Message.Propose) envelope.message())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no proposal for " + instance));
  }

  /** Another value with the same requests, as the leader of the regency could propose it. */
  static Batch rival(Batch batch, long regency) {
    Batch.Header h = batch.header();
    return new Batch(
        new Batch.Header(
            h.view(), h.instance(), h.timestampMicros() + 1, h.nonceSeed(), regency, h.ancestor()),
        batch.references());
  }

  /** The decision that the replica's disk holds, or null. */
  static Record.Decided decided(SimCluster cluster, int replica, long instance) {
    for (Record record : cluster.replica(replica).records()) {
      if (record instanceof Record.Decided decided && decided.batch().instance() == instance) {
        return decided;
      }
    }
    return null;
  }

  static Digest decidedDigest(SimCluster cluster, int replica, long instance) {
    Record.Decided decided = decided(cluster, replica, instance);
    return decided == null ? null : decided.batch().digest();
  }

  static boolean hasLocked(SimCluster cluster, int replica, long instance, long regency) {
    return cluster.replica(replica).records().stream()
        .anyMatch(
            record ->
                record instanceof Record.Locked locked
                    && locked.instance() == instance
                    && locked.regency() == regency);
  }

  // ---- what a Byzantine replica makes up

  /** A STOPDATA with the puppet's own signature. */
  static Message.StopData claim(
      SimCluster cluster,
      int puppet,
      long regency,
      long lastDelivered,
      List<Testimony.Decided> prefix,
      List<Testimony.Open> open,
      List<Certificate> certificates) {
    Testimony core = new Testimony(regency, puppet, 0, lastDelivered, prefix, open);
    Bytes signature =
        cluster.puppet(puppet).signer().sign(Statements.stopData(cluster.cluster(), core));
    return new Message.StopData(new Message.SignedTestimony(core, signature), certificates);
  }

  /**
   * A STOPDATA of the puppet with a true prefix, W = 1, that says that it never voted above.
   *
   * @param witness a correct replica that has delivered the prefix
   */
  static Message.StopData neverVoted(
      SimCluster cluster, int puppet, long regency, long lastDelivered, int witness) {
    Certificate certificate = decided(cluster, witness, lastDelivered).certificate();
    return claim(
        cluster,
        puppet,
        regency,
        lastDelivered,
        List.of(new Testimony.Decided(lastDelivered, certificate.digest())),
        List.of(),
        List.of(certificate));
  }

  /** A SYNC with the puppet's own signature. */
  static Message.Sync makeSync(
      SimCluster cluster,
      int puppet,
      long regency,
      List<Message.SignedTestimony> entries,
      List<Certificate> certificates) {
    Bytes signature =
        cluster
            .puppet(puppet)
            .signer()
            .sign(Statements.sync(cluster.cluster(), regency, puppet, entries));
    return new Message.Sync(regency, entries, certificates, List.of(), signature);
  }

  /** The certificate with its first votes only. */
  static Certificate shortened(Certificate certificate, int votes) {
    return new Certificate(
        certificate.instance(),
        certificate.regency(),
        certificate.digest(),
        certificate.votes().subList(0, votes));
  }
}
