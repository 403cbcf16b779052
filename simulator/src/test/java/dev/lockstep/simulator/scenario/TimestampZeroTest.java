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
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T1. In regency 0 leader A shows its proposal v to B and C only, and its ACCEPT to
 * B only: B decides v, C has locked it, D knows nothing. In regency 1 leader D hears C (locked) and
 * A, which lies that it never voted; B is slow. If "no lock" had the timestamp of regency 0, these
 * three entries would look free and D would propose another value. D must wait for B.
 */
class TimestampZeroTest {
  private static final int A = 0;
  private static final int D = 1;
  private static final int B = 2;
  private static final int C = 3;
  private static final long I = 2;

  private SimCluster cluster;
  private Call call;
  private MessageRule slow;

  private void playUntilLie(SimClusterBuilder builder) {
    cluster = builder.puppet(A).start();
    Puppet a = cluster.puppet(A);
    a.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    a.lets(
        said ->
            said.instance() == I
                && !said.isTo(D)
                && !said.is(Message.Decision.class)
                && (said.isTo(B) || !said.is(Message.Accept.class)));
    cluster.drop(said -> said.isTo(D) && Scenario.vote(I, 0).test(said));
    slow = cluster.hold(said -> said.isFrom(B) && !Scenario.vote(I, 0).test(said));
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(() -> cluster.replica(B).lastDelivered() == I);
    assertThat(Scenario.hasLocked(cluster, C, I, 0)).isTrue();

    a.lets(said -> Scenario.regency(said) == 1);
    a.send(List.of(B, C, D), new Message.Stop(1));
    cluster.runUntil(() -> cluster.replica(C).regency() == 1 && cluster.replica(D).regency() == 1);
    a.send(D, Scenario.neverVoted(cluster, A, 1, I - 1, D));
  }

  @Test
  void newLeaderWaitsForTheReplicaThatDecidedInsteadOfBelievingTheLiar() {
    playUntilLie(SimCluster.withReplicas(4));
    cluster.runFor(TIMEOUT / 2);
    assertThat(cluster.sent(Scenario.sync(1))).isEmpty();
    assertThat(cluster.replica(D).isSynced()).isFalse();

    slow.release();
    cluster.runUntilRegency(1);
    cluster.runUntil(call::hasResult);
    cluster.runUntilDelivered(I);
    var v = Scenario.proposal(cluster.sent(), I, 0).batch().digest();
    for (int replica : List.of(B, C, D)) {
      assertThat(Scenario.decidedDigest(cluster, replica, I)).isEqualTo(v);
      assertThat(cluster.replica(replica).regency()).isEqualTo(1);
    }
    cluster.finish();
  }

  @Test
  void aDecidedValueIsReplacedIfNoLockIsAsHighAsALockOfTheFirstRegency() {
    assertThatThrownBy(
            () -> {
              playUntilLie(mutated());
              cluster.runFor(3 * TIMEOUT);
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I5"));
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
    return SimCluster.withReplicas(4).variant(Broken.mutant("lock-at-zero"));
  }
}
