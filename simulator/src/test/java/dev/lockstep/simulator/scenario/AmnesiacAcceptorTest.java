package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T10. As in T1 B alone decided instance i; C has accepted it and then loses its
 * disk. C restarts and learns from the others that M = i is certified, so it says nothing about
 * votes before it has delivered M + 2W. Were its empty STOPDATA counted, it, the lying A and D,
 * which never voted, would make i look free.
 */
class AmnesiacAcceptorTest {
  private static final int A = 0;
  private static final int D = 1;
  private static final int B = 2;
  private static final int C = 3;
  private static final long I = 2;

  private SimCluster cluster;
  private ScriptedClient alice;
  private Call call;
  private MessageRule slow;

  private void playUntilLie(SimClusterBuilder builder) {
    cluster = builder.puppet(A).start();
    Puppet a = cluster.puppet(A);
    a.lets(any -> true);
    alice = Scenario.client(cluster, "alice");
    a.lets(
        said ->
            said.is(Message.RecoverReply.class)
                || said.instance() == I
                    && !said.isTo(D)
                    && !said.is(Message.Decision.class)
                    && (said.isTo(B) || !said.is(Message.Accept.class)));
    cluster.drop(said -> said.isTo(D) && Scenario.vote(I, 0).test(said));
    slow =
        cluster.hold(
            said ->
                said.isFrom(B)
                    && !said.is(Message.RecoverReply.class)
                    && !Scenario.vote(I, 0).test(said));
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(() -> cluster.replica(B).lastDelivered() == I);
    assertThat(Scenario.hasLocked(cluster, C, I, 0)).isTrue();

    a.lets(said -> said.is(Message.RecoverReply.class) || Scenario.regency(said) == 1);
    cluster.replica(C).loseDisk();
    cluster.replica(C).restart();
    cluster.runFor(TIMEOUT);
    a.send(List.of(B, C, D), new Message.Stop(1));
    cluster.runUntil(() -> cluster.replica(C).regency() == 1 && cluster.replica(D).regency() == 1);
    a.send(D, Scenario.neverVoted(cluster, A, 1, I - 1, D));
  }

  @Test
  void theReplicaThatLostItsVotesIsNotHeardUntilItHasDeliveredFurther() {
    playUntilLie(SimCluster.withReplicas(4));
    cluster.runFor(TIMEOUT / 2);
    assertThat(cluster.replica(C).isLearner()).isTrue();
    assertThat(cluster.sent(Scenario.stopData(1).and(said -> said.isFrom(C)))).isEmpty();
    assertThat(cluster.sent(Scenario.sync(1))).isEmpty();

    cluster.puppet(A).lets(any -> true);
    slow.release();
    cluster.runUntil(call::hasResult);
    var v = Scenario.proposal(cluster.sent(), I, 0).batch().digest();
    assertThat(Scenario.decidedDigest(cluster, D, I)).isEqualTo(v);

    Scenario.serve(cluster, alice, 3);
    cluster.runUntil(() -> !cluster.replica(C).isLearner());
    assertThat(cluster.replica(C).lastDelivered()).isGreaterThanOrEqualTo(I + 2);
    assertThat(Scenario.decidedDigest(cluster, C, I)).isEqualTo(v);
    cluster.finish();
  }

  @Test
  void theDecisionIsLostIfAReplicaSpeaksAtOnceAfterItLostItsVotes() {
    assertThatThrownBy(
            () -> {
              playUntilLie(mutated());
              cluster.runFor(3 * TIMEOUT);
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I4"));
  }

  @Test
  void theMutantMakesTwoDecisions() {
    playUntilLie(mutated().unchecked());
    cluster.runFor(TIMEOUT / 20);
    Digest w = Scenario.proposal(cluster.sent(), I, 1).batch().digest();
    Puppet a = cluster.puppet(A);
    a.send(List.of(C, D), new Message.Write(I, 1, w));
    a.send(List.of(C, D), a.accept(0, I, 1, w));
    cluster.runFor(TIMEOUT / 20);
    assertThat(Scenario.decidedDigest(cluster, B, I)).isNotNull();
    assertThat(Scenario.decidedDigest(cluster, D, I)).isNotNull();
    assertThat(Scenario.decidedDigest(cluster, B, I))
        .isNotEqualTo(Scenario.decidedDigest(cluster, D, I));
  }

  private static SimClusterBuilder mutated() {
    return SimCluster.withReplicas(4).variant(Broken.mutant("learner-votes-at-once"));
  }
}
