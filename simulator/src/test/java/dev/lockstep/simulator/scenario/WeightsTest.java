package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Counterexample T13. Seven replicas in crash mode with weights 2, 2, 1, 1, 1, 1, 1 tolerate two
 * crashes. The quorum has weight 5, so two plus three ones are enough although that is neither all
 * heavy replicas nor all light ones. Any two quorums meet, and the group works with any five
 * replicas.
 */
class WeightsTest {
  private SimCluster cluster;

  private void start() {
    start(Variant.standard());
  }

  private void start(Variant variant) {
    cluster =
        SimCluster.withReplicas(7)
            .crashMode()
            .tolerating(2)
            .variant(variant)
            .weights(2, 2, 1, 1, 1, 1, 1)
            .start();
  }

  @Test
  void anyTwoQuorumsMeet() {
    start();
    QuorumSystem quorums = cluster.quorums();
    assertThat(quorums.vote()).isEqualTo(5);
    assertThat(quorums.isVoteQuorum(0b0011101)).isTrue();
    assertThat(quorums.isVoteQuorum(0b0000111)).isTrue();
    assertThat(quorums.isVoteQuorum(0b0000011)).isFalse();
    assertThat(quorums.isVoteQuorum(0b0001101)).isFalse();
    for (long a = 0; a < 1 << 7; a++) {
      for (long b = 0; b < 1 << 7; b++) {
        if (quorums.isVoteQuorum(a) && quorums.isVoteQuorum(b)) {
          assertThat(a & b).isNotZero();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 2", "1, 6", "5, 6"})
  void theGroupWorksWithoutAnyTwoReplicas(int first, int second) {
    start();
    var alice = Scenario.client(cluster, "alice");
    cluster.replica(first).crash();
    cluster.replica(second).crash();
    Call call = alice.submit(KvOperation.add(1, 5));
    cluster.runUntil(call::hasResult, 2 * SECOND);
    assertThat(call.result()).isEqualTo(5);
    cluster.finish();
  }

  @Test
  void oneHeavyAndThreeLightReplicasDecideAndTheOtherThreeDoNot() {
    start();
    var alice = Scenario.client(cluster, "alice");
    long last = Scenario.last(cluster);
    List<Integer> minority = List.of(0, 5, 6);
    cluster.partition(minority.toArray(Integer[]::new));
    Call call = alice.submit(KvOperation.add(1, 5));
    cluster.runUntil(call::hasResult, 2 * SECOND);
    cluster.runFor(SECOND);
    for (int replica : List.of(1, 2, 3, 4)) {
      assertThat(cluster.replica(replica).lastDelivered()).isGreaterThan(last);
    }
    for (int replica : minority) {
      assertThat(cluster.replica(replica).lastDelivered()).isEqualTo(last);
    }

    cluster.heal();
    cluster.runUntilDelivered(Scenario.last(cluster));
    Call again = alice.submit(KvOperation.add(1, 1));
    cluster.runUntil(again::hasResult, 2 * SECOND);
    assertThat(again.result()).isEqualTo(6);
    cluster.finish();
  }

  @Test
  void bothSidesOfAPartitionDecideIfHalfOfTheWeightIsAQuorum() {
    QuorumRule half =
        new QuorumRule() {
          @Override
          public long vote(View view, long totalWeight, long heaviestWeight) {
            return totalWeight / 2;
          }
        };
    start(Variant.standard().with(QuorumRule.class, half));
    var alice = Scenario.client(cluster, "alice");
    var bob = Scenario.client(cluster, "bob");
    cluster.partition(0, 5, 6);
    alice.submit(KvOperation.put(1, 5));
    assertThatThrownBy(
            () -> {
              cluster.runFor(SECOND / 10);
              bob.submit(KvOperation.put(1, 6));
              cluster.runFor(SECOND);
            })
        .isInstanceOf(Violation.class);
  }
}
