package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An administrator restarts all replicas of an idle group, one after the other. No request is there
 * to set a timer off, so what was lost with the processes (channels, regency, who leads) must be
 * found again without one. The first request afterwards completes within about a second.
 */
class RollingRestartTest {
  private SimCluster cluster;
  private ScriptedClient alice;

  private void start(SimClusterBuilder builder) {
    cluster = builder.start();
    alice = Scenario.client(cluster, "alice");
    Scenario.serve(cluster, alice, 2);
    Scenario.settle(cluster);
  }

  private void assertThatARequestCompletesWithin(long micros) {
    Call call = alice.submit(KvOperation.add(7, 1));
    cluster.runUntil(call::hasResult, micros);
    assertThat(call.result()).isEqualTo(3);
    cluster.finish();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anIdleGroupServesTheFirstRequestAfterARollingRestart(boolean durable) {
    SimClusterBuilder builder = SimCluster.withReplicas(4);
    start(durable ? builder : builder.inMemory());
    for (int replica = 0; replica < 4; replica++) {
      cluster.replica(replica).crash();
      cluster.runFor(2 * TIMEOUT);
      cluster.replica(replica).restart();
      cluster.runFor(2 * TIMEOUT);
    }
    assertThatARequestCompletesWithin(SECOND);
  }

  @Test
  void anIdleGroupServesTheFirstRequestWhenRestartsFollowAtOnce() {
    start(SimCluster.withReplicas(4));
    for (int replica = 0; replica < 4; replica++) {
      cluster.replica(replica).crash();
      cluster.runFor(1_000);
      cluster.replica(replica).restart();
      cluster.runFor(1_000);
    }
    assertThatARequestCompletesWithin(SECOND);
  }

  @Test
  void anIdleGroupServesTheFirstRequestAfterAllWereRestartedTogether() {
    start(SimCluster.withReplicas(4));
    for (int replica = 0; replica < 4; replica++) {
      cluster.replica(replica).crash();
    }
    cluster.runFor(TIMEOUT);
    for (int replica = 0; replica < 4; replica++) {
      cluster.replica(replica).restart();
    }
    assertThatARequestCompletesWithin(SECOND);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void anIdleGroupOfVolatileVotesSurvivesAPowerCutOfEachReplicaInTurn(int window) {
    start(SimCluster.withReplicas(4).window(window).inMemory());
    for (int replica = 0; replica < 4; replica++) {
      int id = replica;
      cluster.replica(id).cutPower();
      cluster.runFor(TIMEOUT);
      cluster.replica(id).restart();
      cluster.runFor(TIMEOUT);
      cluster.runUntil(() -> !cluster.replica(id).isLearner(), 5 * SECOND);
    }
    assertThatARequestCompletesWithin(SECOND);
  }
}
