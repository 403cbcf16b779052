package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T8. Leader A works with B and C only and hides every instance from D; A, B and C
 * decide. A does not answer the client, which needs three equal replies: D must learn the decision
 * from B or C, execute, and reply. Nobody has a reason to replace the leader.
 */
class IsolatedReplicaTest {
  private static final int A = 0;
  private static final int D = 3;
  private static final long I = 2;

  private SimCluster cluster;
  private Call call;

  private void play(Variant variant) {
    cluster = SimCluster.withReplicas(4).puppet(A).variant(variant).start();
    Puppet a = cluster.puppet(A);
    a.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    a.lets(said -> said.instance() >= I && !said.isTo(D) && !said.is(Message.Decision.class));
    cluster.drop(said -> said.isTo(D) && Scenario.vote(I, 0).test(said));
    call = alice.submit(KvOperation.put(1, 5));
  }

  @Test
  void theIsolatedReplicaLearnsTheDecisionAndReplies() {
    play(Variant.standard());
    cluster.runUntil(() -> cluster.replica(1).lastDelivered() == I);
    assertThat(cluster.replica(D).lastDelivered()).isEqualTo(I - 1);
    assertThat(call.hasResult()).isFalse();

    cluster.runUntil(call::hasResult, 2 * TIMEOUT);
    assertThat(cluster.replica(D).lastDelivered()).isEqualTo(I);
    assertThat(cluster.count(Event.DECISION_PUSHED)).isPositive();
    assertThat(Scenario.regency(cluster)).isZero();
    cluster.finish();
  }

  @Test
  void theClientWaitsForEverIfDecisionsAreNotHandedOut() {
    play(Broken.mutant("no-decisions-handed-out"));
    cluster.runFor(5 * SECOND);
    assertThat(call.hasResult()).isFalse();
  }
}
