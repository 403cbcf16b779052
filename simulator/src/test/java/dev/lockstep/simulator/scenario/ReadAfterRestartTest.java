package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.api.Test;

/**
 * A write is acknowledged; the votes for it are on the disks, the decision is not yet. B, C and D
 * lose power and come back, A stays away. They are a quorum for reads whose state does not have the
 * write, so they must not answer before they have delivered up to their votes. Too rare for random
 * runs: about one small run in a hundred thousand.
 */
class ReadAfterRestartTest {
  private SimCluster cluster;
  private Call read;

  private void play(Variant variant) {
    cluster = SimCluster.withReplicas(4).fsync(5_000).variant(variant).start();
    ScriptedClient alice = Scenario.client(cluster, "alice");
    ScriptedClient bob = Scenario.client(cluster, "bob");
    cluster.runFor(SECOND);
    Call write = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(write::hasResult);
    cluster.replica(0).crash();
    for (int replica = 1; replica < 4; replica++) {
      cluster.replica(replica).cutPowerLosingUnsynced();
    }
    for (int replica = 1; replica < 4; replica++) {
      cluster.replica(replica).restart();
    }
    read = bob.read(1);
    cluster.runUntil(read::hasResult, 10 * SECOND);
  }

  @Test
  void theReadSeesTheAcknowledgedWrite() {
    play(Variant.standard());
    assertThat(read.result()).isEqualTo(5);
    cluster.finish();
  }

  @Test
  void theReadWouldMissItIfTheyAnsweredAtOnce() {
    play(
        Broken.with(
            RestartRule.class,
            new RestartRule() {
              @Override
              public long readsFrom(long highestVoted) {
                return 0;
              }
            }));
    assertThat(read.result()).isZero();
    assertThatThrownBy(() -> cluster.finish()).isInstanceOf(Violation.class);
  }
}
