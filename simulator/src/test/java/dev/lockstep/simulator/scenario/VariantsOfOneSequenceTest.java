package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.simulator.script.RawClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Counterexample T5. A faulty client sends one operation to some replicas and another one under the
 * same session and sequence to the others, the leader among them. The leader's proposal is valid
 * everywhere, whatever a replica received itself: who holds the other variant must WRITE it all the
 * same, drops its own at delivery, and has no reason to suspect anybody.
 */
class VariantsOfOneSequenceTest {
  private static final long KEY = KvOperation.FIRST_BYZANTINE_KEY;

  private SimCluster cluster;
  private RawClient client;
  private Request x;
  private Request y;

  private void play(SimClusterBuilder builder, List<Integer> getX) {
    cluster = builder.start();
    client = cluster.rawClient();
    client.open();
    Scenario.settle(cluster);
    x = client.request(1, KvOperation.put(KEY, 1));
    y = client.request(1, KvOperation.put(KEY, 2));
    List<Integer> getY = new ArrayList<>(List.of(0, 1, 2, 3));
    getY.removeAll(getX);
    client.send(getX, x);
    cluster.runFor(1_000);
    client.send(getY, y);
    cluster.runFor(10 * TIMEOUT);
  }

  private void assertThatYIsExecutedAndNobodySuspected() {
    for (int replica = 0; replica < 4; replica++) {
      assertThat(cluster.replica(replica).regency()).isZero();
      assertThat(cluster.replica(replica).pendingRequests()).isZero();
      assertThat(cluster.replica(replica).lastDelivered()).isEqualTo(Scenario.last(cluster));
    }
    assertThat(client.answeredBy(y)).containsExactly(0, 1, 2, 3);
    assertThat(client.repliesOf(1))
        .anyMatch(
            reply ->
                reply.requestDigest().equals(x.digest())
                    && reply.outcome() == Message.Outcome.CONFLICT);
    cluster.finish();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneReplicaWithTheOtherVariantVotesForTheLeadersOne(boolean signed) {
    play(group(signed), List.of(1));
    assertThatYIsExecutedAndNobodySuspected();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoReplicasWithTheOtherVariantVoteForTheLeadersOne(boolean signed) {
    play(group(signed), List.of(1, 2));
    assertThatYIsExecutedAndNobodySuspected();
  }

  private static SimClusterBuilder group(boolean signed) {
    SimClusterBuilder builder = SimCluster.withReplicas(4);
    return signed ? builder : builder.unsigned();
  }

  @Test
  void theClientCanDeposeLeadersIfTheOtherVariantIsHeldAgainstThem() {
    play(
        SimCluster.withReplicas(4)
            .variant(Broken.mutant("equivocating-client-blames-leader"))
            .unchecked(),
        List.of(1, 2));
    assertThat(Scenario.regency(cluster)).isPositive();
  }
}
