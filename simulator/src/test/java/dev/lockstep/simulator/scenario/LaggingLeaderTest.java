package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Counterexample T11. The leader of the next regency was cut off and lacks the last decisions when
 * the old leader crashes. It finds the highest certificate among the entries and sends its SYNC,
 * but proposes nothing before the others have given it the decisions; that takes less than the sync
 * timer, so it is not replaced.
 */
class LaggingLeaderTest {
  private static final int LAGGARD = 1;

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theLaggingLeaderCatchesUpFromTheOthersAndLeads(int window) {
    SimCluster cluster = SimCluster.withReplicas(4).window(window).start();
    var alice = Scenario.client(cluster, "alice");
    long before = Scenario.last(cluster);
    MessageRule alone = cluster.isolate(LAGGARD);
    Scenario.serve(cluster, alice, 6);
    cluster.replica(0).crash();
    MessageRule decisions =
        cluster.hold(said -> said.isTo(LAGGARD) && Scenario.decision().test(said));
    alone.stop();
    Call call = alice.submit(KvOperation.put(1, 5));

    cluster.runUntil(() -> !cluster.sent(Scenario.sync(1)).isEmpty());
    long last = Scenario.last(cluster);
    assertThat(last).isEqualTo(before + 6);
    assertThat(cluster.replica(LAGGARD).lastDelivered()).isEqualTo(before);
    cluster.runFor(5_000);
    assertThat(cluster.sent(said -> said.isFrom(LAGGARD) && said.instance() > before)).isEmpty();

    decisions.release();
    cluster.runUntil(call::hasResult, SECOND);
    cluster.runUntilDelivered(last + 1);
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    cluster.finish();
  }

  @Test
  void theGroupWaitsForTheLaggingLeaderForEverIfDecisionsAreNotHandedOut() {
    SimCluster cluster =
        SimCluster.withReplicas(4).variant(Broken.mutant("no-decisions-handed-out")).start();
    var alice = Scenario.client(cluster, "alice");
    MessageRule alone = cluster.isolate(LAGGARD);
    Scenario.serve(cluster, alice, 6);
    cluster.replica(0).crash();
    alone.stop();
    Call call = alice.submit(KvOperation.put(1, 5));
    cluster.runFor(3 * SECOND);
    assertThat(call.hasResult()).isFalse();
  }
}
