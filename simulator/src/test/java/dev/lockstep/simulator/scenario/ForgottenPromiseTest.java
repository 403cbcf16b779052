package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample S4. M installs regency 1, tells the new leader D that it never voted at i, and is
 * restarted. A, the leader of regency 0, now proposes v at i to M and to C, which has not heard of
 * regency 1. If M forgot its promise, A, M and C decide v in regency 0, while D has three entries
 * without a vote at i, A's, M's and its own, and has w decided in regency 1. So the promise is
 * durable before STOPDATA leaves, in every mode.
 */
class ForgottenPromiseTest {
  private static final int A = 0;
  private static final int D = 1;
  private static final int M = 2;
  private static final int C = 3;
  private static final long I = 2;

  private SimCluster cluster;
  private Puppet a;
  private Call call;
  private MessageRule unheard;
  private MessageRule late;

  private void play(SimClusterBuilder builder) {
    cluster = builder.puppet(A).start();
    a = cluster.puppet(A);
    a.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    a.lets(any -> false);
    unheard =
        cluster.hold(said -> said.isTo(C) && !said.isFrom(A) && !Scenario.vote(I, 0).test(said));
    call = alice.submit(KvOperation.put(1, 5));
    a.send(List.of(D, M), new Message.Stop(1));
    cluster.runUntil(() -> !cluster.sent(Scenario.stopData(1).and(s -> s.isFrom(M))).isEmpty());
    cluster.runFor(2_000);
    late = cluster.hold(said -> said.isFrom(D) && said.isTo(M));
    cluster.drop(Scenario.accept(I, 0).and(said -> said.isTo(M)));
    cluster.replica(M).crash();
    cluster.replica(M).restart();
    cluster.runFor(2_000);

    Message.Propose v = Scenario.proposal(a.swallowed(), I, 0);
    Digest digest = v.batch().digest();
    a.send(List.of(M, C), v);
    a.send(List.of(M, C), new Message.Write(I, 0, digest));
    a.send(List.of(M, C), a.accept(0, I, 0, digest));
    cluster.runFor(5_000);
    a.send(D, Scenario.neverVoted(cluster, A, 1, I - 1, D));
  }

  @Test
  void aRestartedReplicaDoesNotVoteInARegencyThatItHasLeft() {
    play(SimCluster.withReplicas(4).variant(Variant.standard()));
    assertThat(cluster.replica(M).regency()).isEqualTo(1);
    assertThat(cluster.sent(Scenario.vote(I, 0).and(said -> said.isFrom(M)))).isEmpty();
    assertThat(cluster.replica(C).lastDelivered()).isEqualTo(I - 1);

    late.release();
    unheard.release();
    cluster.runUntil(call::hasResult, SECOND);
    cluster.runUntilDelivered(I);
    assertThat(Scenario.decidedDigest(cluster, C, I))
        .isEqualTo(Scenario.decidedDigest(cluster, D, I));
    cluster.finish();
  }

  @Test
  void theForgottenPromiseIsNoticed() {
    assertThatThrownBy(
            () -> play(SimCluster.withReplicas(4).variant(Broken.mutant("promise-forgotten"))))
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I12"));
  }

  @Test
  void theForgottenPromiseMakesTwoDecisions() {
    SimClusterBuilder builder =
        SimCluster.withReplicas(4).variant(Broken.mutant("promise-forgotten")).unchecked();
    play(builder);
    cluster.runFor(TIMEOUT / 20);
    late.release();
    Digest w = Scenario.proposal(cluster.sent(), I, 1).batch().digest();
    a.send(List.of(D, M), new Message.Write(I, 1, w));
    a.send(List.of(D, M), a.accept(0, I, 1, w));
    cluster.runFor(TIMEOUT / 4);
    assertThat(Scenario.decidedDigest(cluster, C, I)).isNotNull();
    assertThat(Scenario.decidedDigest(cluster, D, I)).isNotNull();
    assertThat(Scenario.decidedDigest(cluster, C, I))
        .isNotEqualTo(Scenario.decidedDigest(cluster, D, I));
  }
}
