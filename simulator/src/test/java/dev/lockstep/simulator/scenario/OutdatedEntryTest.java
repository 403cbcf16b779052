package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.api.Test;

/**
 * S4 with a lost disk. X tells the new leader D that it never voted at i, and then loses its disk;
 * D acknowledges its new incarnation while it still waits for a third entry. What X said before is
 * void from then on, for D too: a SYNC with it would be refused by everybody who acknowledged the
 * incarnation, although the entries of the others are enough.
 */
class OutdatedEntryTest {
  private static final int D = 1;
  private static final int X = 2;
  private static final int C = 3;

  @Test
  void theNewLeaderForgetsTheEntryOfAReplicaThatLostItsVotesSince() {
    SimCluster cluster = SimCluster.withReplicas(4).start();
    var alice = Scenario.client(cluster, "alice");
    cluster.drop(Scenario.propose(Scenario.last(cluster) + 1, 0));
    MessageRule slow =
        cluster.hold(said -> Scenario.stopData(1).test(said) && (said.isFrom(0) || said.isFrom(C)));
    Call call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(() -> !cluster.sent(Scenario.stopData(1).and(s -> s.isFrom(X))).isEmpty());
    cluster.runFor(1_000);
    cluster.replica(X).loseDisk();
    cluster.replica(X).restart();
    cluster.runFor(TIMEOUT / 2);
    assertThat(cluster.replica(D).regency()).isEqualTo(1);

    slow.release();
    cluster.runUntil(call::hasResult, 5 * SECOND);
    for (Envelope said : cluster.sent(Scenario.sync(1))) {
      assertThat(((Message.Sync) said.message()).entries())
          .extracting(entry -> entry.core().replica())
          .containsExactlyInAnyOrder(0, D, C);
    }
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    cluster.finish();
  }
}
