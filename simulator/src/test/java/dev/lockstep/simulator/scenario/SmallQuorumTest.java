package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T7. With n = 6 and f = 1 the vote quorum is 4, not 2f+1 = 3: two sets of three can
 * be disjoint. A value that gathered three genuine ACCEPT signatures is not decided, and nobody may
 * believe a certificate with these three, neither in a DECISION nor in a STOPDATA.
 */
class SmallQuorumTest {
  private static final int A = 0;
  private static final int LEADER = 1;
  private static final int OUTSIDER = 5;
  private static final long I = 2;

  private SimCluster cluster;
  private Puppet a;
  private Call call;

  private void start(SimClusterBuilder builder) {
    cluster = builder.tolerating(1).puppet(A).start();
    a = cluster.puppet(A);
    a.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    a.lets(any -> false);
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runFor(5_000);
  }

  /** 0 to 3 WRITE v, but only 1 and 2 see it; with A's these are three ACCEPT signatures. */
  private Certificate threeSignatures(Message.Propose v) {
    cluster.drop(
        said -> Scenario.write(I, 0).test(said) && !said.isTo(A) && !said.isTo(1) && !said.isTo(2));
    cluster.drop(said -> Scenario.accept(I, 0).test(said) && !said.isTo(A));
    a.send(List.of(1, 2, 3), v);
    a.send(List.of(1, 2), new Message.Write(I, 0, v.batch().digest()));
    cluster.runFor(TIMEOUT / 10);
    Digest digest = v.batch().digest();
    List<Certificate.Vote> votes = new ArrayList<>();
    votes.add(new Certificate.Vote(A, a.accept(0, I, 0, digest).signature()));
    votes.add(new Certificate.Vote(1, acceptOf(1).signature()));
    votes.add(new Certificate.Vote(2, acceptOf(2).signature()));
    return new Certificate(I, 0, digest, votes);
  }

  private Message.Accept acceptOf(int replica) {
    return cluster.sent(Scenario.accept(I, 0).and(said -> said.isFrom(replica))).stream()
        .map(said -> (Message.Accept) said.message())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDecisionWithThreeSignaturesIsRefused() {
    start(SimCluster.withReplicas(6));
    Message.Propose v = Scenario.proposal(a.swallowed(), I, 0);
    Certificate three = threeSignatures(v);
    a.send(OUTSIDER, new Message.Decision(v.batch(), three, v.inlined()));
    cluster.runFor(TIMEOUT / 4);
    assertThat(cluster.replica(OUTSIDER).lastDelivered()).isEqualTo(I - 1);
    assertThat(cluster.replica(OUTSIDER).count(Event.BAD_CERTIFICATE)).isEqualTo(1);

    // Nor does it help to name one of the three twice, or to add a signature that does not fit.
    List<Certificate.Vote> twice = new ArrayList<>(three.votes());
    twice.add(twice.get(2));
    List<Certificate.Vote> padded = new ArrayList<>(three.votes());
    padded.add(new Certificate.Vote(3, new Bytes(new byte[32])));
    for (List<Certificate.Vote> votes : List.of(twice, padded)) {
      Certificate four = new Certificate(I, 0, three.digest(), votes);
      a.send(OUTSIDER, new Message.Decision(v.batch(), four, v.inlined()));
    }
    cluster.runFor(TIMEOUT / 4);
    assertThat(cluster.replica(OUTSIDER).lastDelivered()).isEqualTo(I - 1);
    assertThat(cluster.replica(OUTSIDER).count(Event.BAD_CERTIFICATE)).isEqualTo(3);

    cluster.runUntil(call::hasResult, SECOND);
    cluster.finish();
  }

  @Test
  void aStopDataWithThreeSignaturesIsRemoved() {
    start(SimCluster.withReplicas(6));
    Message.Propose v = Scenario.proposal(a.swallowed(), I, 0);
    Certificate three = threeSignatures(v);
    Certificate before = Scenario.decided(cluster, 1, I - 1).certificate();
    assertThat(before.votes()).hasSizeGreaterThanOrEqualTo(4);
    Testimony.Decided prefix = new Testimony.Decided(I, v.batch().digest());
    a.send(LEADER, Scenario.claim(cluster, A, 1, I, List.of(prefix), List.of(), List.of(three)));
    a.send(List.of(1, 2, 3, 4, 5), new Message.Stop(1));
    cluster.runUntilRegency(1);
    assertThat(cluster.replica(LEADER).count(Event.BAD_STOPDATA)).isEqualTo(1);
    assertThat(cluster.sent(Scenario.sync(1)))
        .isNotEmpty()
        .allSatisfy(
            said ->
                assertThat(((Message.Sync) said.message()).entries())
                    .noneMatch(entry -> entry.core().replica() == A));
    cluster.runUntil(call::hasResult, SECOND);
    cluster.finish();
  }

  private void showTwoValues() {
    Message.Propose v = Scenario.proposal(a.swallowed(), I, 0);
    Batch w = Scenario.rival(v.batch(), 0);
    showTo(List.of(1, 2), v);
    showTo(List.of(3, 4), new Message.Propose(I, 0, w, v.inlined()));
  }

  private void showTo(List<Integer> half, Message.Propose value) {
    Digest digest = value.batch().digest();
    a.send(half, value);
    a.send(half, new Message.Write(I, 0, digest));
    a.send(half, a.accept(0, I, 0, digest));
  }

  @Test
  void anEquivocatingLeaderWinsNeitherHalf() {
    start(SimCluster.withReplicas(6));
    showTwoValues();
    cluster.runUntil(call::hasResult, SECOND);
    cluster.runUntilDelivered(I);
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    assertThat(Scenario.decided(cluster, 1, I).certificate().regency()).isEqualTo(1);
    cluster.finish();
  }

  @Test
  void bothHalvesDecideIfThreeVotesAreAQuorum() {
    start(SimCluster.withReplicas(6).variant(Broken.mutant("quorum-2f+1")).unchecked());
    showTwoValues();
    cluster.runFor(TIMEOUT);
    assertThat(Scenario.decidedDigest(cluster, 1, I)).isNotNull();
    assertThat(Scenario.decidedDigest(cluster, 3, I)).isNotNull();
    assertThat(Scenario.decidedDigest(cluster, 1, I))
        .isNotEqualTo(Scenario.decidedDigest(cluster, 3, I));
  }
}
