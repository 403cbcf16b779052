package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Trace F10. A replica that lost its votes needs a few more decisions before it may vote, and in an
 * idle group nobody asks for any: the leader fills with empty batches. A Byzantine replica that
 * pretends to be such a learner, to the leader alone, must not make the leader look faulty to the
 * others, who see empty batches that nobody seems to want; nor drive it faster than a bounded rate.
 */
class LearnerInIdleGroupTest {
  @Test
  void aPretendedLearnerThatAsksOnlyTheLeaderDeposesNobody() {
    SimCluster cluster = SimCluster.withReplicas(4).puppet(3).start();
    final long start = cluster.now();
    for (int i = 0; i < 200; i++) {
      cluster.puppet(3).send(0, learnerAt(cluster.replica(0).lastDelivered()));
      cluster.runFor(5_000);
    }
    long fillers = cluster.replica(1).lastDelivered();
    assertThat(fillers).isBetween(10L, (cluster.now() - start) / 12_500 + 1);
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).isZero();
    assertThat(cluster.count(Event.INVALID_PROPOSAL)).isZero();
    cluster.finish();
  }

  /** The correct leader cannot know what they wait for; nor do they have a reason to blame it. */
  @Test
  void aPretendedLearnerThatAsksAllButTheLeaderDeposesNobody() {
    SimCluster cluster = SimCluster.withReplicas(4).puppet(3).start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    for (int i = 0; i < 200; i++) {
      long last = cluster.replica(0).lastDelivered();
      cluster.puppet(3).send(List.of(1, 2), learnerAt(last));
      cluster.runFor(5_000);
      if (i % 50 == 0) {
        alice.submit(KvOperation.add(1, 1));
      }
    }
    cluster.runUntilReplied("alice");
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).isZero();
    cluster.finish();
  }

  /**
   * A Byzantine leader that proposes nothing leaves no instance open, so nobody has a reason to
   * suspect it before a client asks for something.
   */
  @Test
  void aLearnerGetsThereUnderASilentLeader() {
    SimCluster cluster = learnerUnderSilentLeader();
    cluster.runUntil(() -> cluster.replica(2).count(Event.RECOVERED) == 1, 10_000_000);
    cluster.finish();
  }

  @Test
  void aLearnerGetsThereUnderASilentLeaderOnceAClientAsksForSomething() {
    SimCluster cluster = learnerUnderSilentLeader();
    cluster.runFor(500_000);
    Call call = cluster.client("alice").submit(KvOperation.get(1));
    cluster.runUntil(call::isDone, 2_000_000);
    assertThat(call.result()).isEqualTo(10);
    cluster.runUntil(() -> cluster.replica(2).count(Event.RECOVERED) == 1, 2_000_000);
    assertThat(cluster.replica(1).regency()).isLessThanOrEqualTo(3);
    cluster.finish();
  }

  private static SimCluster learnerUnderSilentLeader() {
    SimCluster cluster = SimCluster.withReplicas(7).puppet(0).start();
    cluster.puppet(0).lets(m -> true);
    cluster.client("alice").submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runFor(100_000);
    cluster.puppet(0).lets(m -> false);
    cluster.replica(2).loseDisk();
    cluster.replica(2).restart();
    return cluster;
  }

  /** Its own wish for empty batches is what it could not fulfil: the others change the leader. */
  @Test
  void aLeaderThatLosesItsVotesIsReplacedAndGetsThere() {
    SimCluster cluster = SimCluster.withReplicas(4).inMemory().start();
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runFor(100_000);
    cluster.replica(0).cutPower();
    cluster.replica(0).restart();
    cluster.runUntil(() -> cluster.replica(0).count(Event.RECOVERED) == 1, 2_000_000);
    assertThat(cluster.replica(1).regency()).isEqualTo(1);
    Call call = alice.submit(KvOperation.get(1));
    cluster.runUntil(call::isDone, 500_000);
    assertThat(call.result()).isEqualTo(10);
    cluster.finish();
  }

  @Test
  void aRealLearnerGetsThereWhileThePretendedOneAsksOnlyTheLeader() {
    SimCluster cluster = SimCluster.withReplicas(7).window(2).puppet(6).start();
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runFor(100_000);

    cluster.replica(2).loseDisk();
    cluster.replica(2).restart();
    for (int i = 0; i < 200 && cluster.replica(2).count(Event.RECOVERED) == 0; i++) {
      cluster.puppet(6).send(0, learnerAt(cluster.replica(0).lastDelivered()));
      cluster.runFor(5_000);
    }
    assertThat(cluster.replica(2).count(Event.RECOVERED)).isEqualTo(1);
    assertThat(cluster.replica(2).isLearner()).isFalse();
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).isZero();

    // It is a full member: two others may fail now.
    cluster.replica(4).crash();
    Call call = alice.submit(KvOperation.get(1));
    cluster.runUntil(call::isDone);
    assertThat(call.result()).isEqualTo(10);
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).isZero();
    cluster.finish();
  }

  private static Message.Status learnerAt(long lastDelivered) {
    return new Message.Status(0, 0, 0, true, lastDelivered, lastDelivered + 2);
  }
}
