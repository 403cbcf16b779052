package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T12. B alone decided v at instance i in regency 0. Regency 1 starts with the
 * entries of A, C and D and binds v; then A falls silent. C and D write v again, but B is done with
 * i and votes no more: without a third vote they would stay at i for ever. B must hand them its
 * decision.
 */
class DecideAndHaltTest {
  private static final int A = 0;
  private static final int D = 1;
  private static final int B = 2;
  private static final int C = 3;
  private static final long I = 2;

  private SimCluster cluster;
  private Call call;
  private MessageRule decisions;

  private void play(Variant variant) {
    cluster = SimCluster.withReplicas(4).puppet(A).variant(variant).start();
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
    cluster.drop(said -> said.isTo(A) && Scenario.accept(I, 0).test(said));
    cluster.drop(said -> said.isFrom(B) && Scenario.stopData(1).test(said));
    decisions = cluster.hold(Scenario.decision());
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(() -> cluster.replica(B).lastDelivered() == I);
    a.lets(Scenario.stopData(1));
    a.send(List.of(B, C, D), new Message.Stop(1));
    cluster.runUntilRegency(1);
    a.lets(any -> false);
  }

  @Test
  void whoHasDecidedHandsItsDecisionToThoseWhoStillVote() {
    play(Variant.standard());
    cluster.runFor(TIMEOUT / 4);
    assertThat(cluster.sent(Scenario.write(I, 1)))
        .extracting(Envelope::from)
        .contains(C, D)
        .doesNotContain(B);
    assertThat(cluster.replica(C).lastDelivered()).isEqualTo(I - 1);

    decisions.release();
    cluster.runUntil(call::hasResult, SECOND);
    cluster.runUntilDelivered(I);
    var v = Scenario.proposal(cluster.sent(), I, 0).batch().digest();
    assertThat(Scenario.decidedDigest(cluster, C, I)).isEqualTo(v);
    assertThat(Scenario.decidedDigest(cluster, D, I)).isEqualTo(v);
    cluster.finish();
  }

  @Test
  void theOthersStayWhereTheyAreIfDecisionsAreNotHandedOut() {
    play(Broken.mutant("no-decisions-handed-out"));
    cluster.runFor(TIMEOUT / 2);
    assertThat(decisions.taken()).isEmpty();
    assertThat(cluster.replica(C).lastDelivered()).isEqualTo(I - 1);
    assertThat(call.hasResult()).isFalse();
  }
}
