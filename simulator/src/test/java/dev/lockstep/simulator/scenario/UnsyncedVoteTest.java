package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.check.AgreementChecker;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Trace F5, crash mode with three replicas. A leader that counted its own ACCEPT before the record
 * is on its disk would decide with that and the ACCEPT of one follower, and answer. If then its
 * power is cut and the follower never returns, nobody is left who knows of the decision. A
 * replica's own vote counts, for itself too, only once its record is synced.
 */
class UnsyncedVoteTest {
  @Test
  void whatTheLeaderDecidedSurvivesItsPowerCutWithoutTheFollower() {
    cutThePowerOfTheLeader(builder -> builder);
  }

  @Test
  void theDecisionIsLostIfTheLeaderCountsItsUnsyncedVote() {
    assertThatThrownBy(
            () ->
                cutThePowerOfTheLeader(
                    builder ->
                        builder
                            .variant(Broken.mutant("own-vote-before-durable"))
                            .unchecked()
                            .observer(new AgreementChecker())))
        .isInstanceOf(Violation.class)
        .hasMessageContaining("I1: instance 3");
  }

  private static void cutThePowerOfTheLeader(UnaryOperator<SimClusterBuilder> variant) {
    SimCluster cluster =
        variant.apply(SimCluster.withReplicas(3).crashMode().fsync(20_000)).start();
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runUntilDelivered(2);
    cluster.runFor(100_000);

    cluster.drop(m -> m.isTo(2) && m.instance() == 3);
    Call call = alice.submit(KvOperation.put(1, 20));
    cluster.runUntil(() -> cluster.replica(0).lastDelivered() == 3);
    cluster.replica(1).crash();
    cluster.replica(0).cutPowerLosingUnsynced();
    cluster.heal();
    cluster.replica(0).restart();

    cluster.runUntil(call::isDone);
    assertThat(call.result()).isEqualTo(10);
    cluster.runUntilDelivered(3);
    cluster.finish();
  }
}
