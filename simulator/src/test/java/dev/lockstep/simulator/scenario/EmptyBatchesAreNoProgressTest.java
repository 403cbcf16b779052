package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.api.Test;

/**
 * Trace F15. Empty batches are valid at any time: they fill holes and bring learners forward. They
 * are no progress, though: a leader that proposes nothing else while a request waits is deposed as
 * fast as one that proposes nothing at all. Here the leader is honest but never hears of the
 * request, and a Byzantine replica pretends to be a learner to keep the empty batches coming.
 */
class EmptyBatchesAreNoProgressTest {
  @Test
  void aLeaderThatOnlyFillsIsDeposedInTime() {
    SimCluster cluster = SimCluster.withReplicas(4).puppet(3).start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    cluster.runFor(20_000);
    final long last = cluster.replica(1).lastDelivered();
    alice.cannotReach(0);
    cluster.drop(m -> m.isTo(0) && m.is(Message.Forwarded.class));

    Call call = alice.submit(KvOperation.put(1, 10));
    final long since = cluster.now();
    while (cluster.replica(1).regency() == 0) {
      pretendToLearn(cluster);
      // Once to forward and once to give up: two request timeouts, and what messages take.
      assertThat(cluster.now() - since).isLessThan(250_000);
    }
    assertThat(cluster.replica(1).lastDelivered()).isGreaterThan(last + 5);

    while (!call.isDone()) {
      pretendToLearn(cluster);
      assertThat(cluster.now() - since).isLessThan(500_000);
    }
    assertThat(cluster.replica(1).regency()).isEqualTo(1);
    assertThat(call.result()).isZero();
    cluster.finish();
  }

  /**
   * A Byzantine leader proposes the empty batches that a learner needs, but to so few that none is
   * decided. No client waits for anything; that the instance stays open is reason enough.
   */
  @Test
  void aLeaderThatLeavesAnEmptyBatchOpenIsDeposedWhileALearnerWaits() {
    SimCluster cluster = SimCluster.withReplicas(7).puppet(0).start();
    cluster.puppet(0).lets(m -> true);
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runFor(100_000);

    cluster.puppet(0).lets(m -> m.is(Message.Propose.class) && m.to() <= 3);
    cluster.replica(5).loseDisk();
    cluster.replica(5).restart();
    cluster.runUntil(() -> cluster.replica(1).regency() == 1, 1_000_000);
    cluster.runUntil(() -> cluster.replica(5).count(Event.RECOVERED) == 1, 1_000_000);
    assertThat(cluster.replica(1).regency()).isEqualTo(1);
    cluster.finish();
  }

  private static void pretendToLearn(SimCluster cluster) {
    long last = cluster.replica(1).lastDelivered();
    long regency = cluster.replica(1).regency();
    Message.Status status = new Message.Status(0, regency, regency, true, last, last + 2);
    for (int id = 0; id < 3; id++) {
      cluster.puppet(3).send(id, status);
    }
    cluster.runFor(5_000);
  }
}
