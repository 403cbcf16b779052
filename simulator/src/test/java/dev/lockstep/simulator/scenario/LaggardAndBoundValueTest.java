package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Trace F11, W = 1. A laggard lacks instance i when SYNC binds a value at i+1. STOPDATA asserts
 * that nothing above ld + W was voted on, so a vote of the laggard at i+1 would be a vote, and
 * perhaps a lock, that the next SYNC does not hear of. It must fetch i first, even though the group
 * needs its vote.
 */
class LaggardAndBoundValueTest {
  private static final int LAGGARD = 3;
  private static final List<Integer> SURVIVORS = List.of(1, 2, 3);
  private static final long I = 2;

  private SimCluster cluster;
  private Call call;
  private MessageRule unheard;

  private void play(Variant variant) {
    cluster = SimCluster.withReplicas(4).variant(variant).start();
    var alice = Scenario.client(cluster, "alice");
    cluster.drop(Scenario.accept(I + 1, 0));
    unheard =
        cluster.hold(
            said ->
                said.isTo(LAGGARD)
                    && (Scenario.regency(said) == 0
                        || said.is(Message.Decision.class)
                        || said.is(Message.Value.class)));
    Call before = alice.submit(KvOperation.put(1, 4));
    cluster.runUntil(before::hasResult);
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(
        () -> Scenario.hasLocked(cluster, 1, I + 1, 0) && Scenario.hasLocked(cluster, 2, I + 1, 0));
    cluster.replica(0).crash();
    cluster.runUntilRegency(1);
  }

  @Test
  void theLaggardFetchesBeforeItVotesOnTheBoundValue() {
    play(Variant.standard());
    cluster.runFor(TIMEOUT / 2);
    assertThat(cluster.replica(LAGGARD).lastDelivered()).isEqualTo(I - 1);
    assertThat(cluster.sent(Scenario.write(I + 1, 1)))
        .extracting(Envelope::from)
        .contains(1, 2)
        .doesNotContain(LAGGARD);

    unheard.release();
    cluster.runUntil(call::hasResult, SECOND);
    cluster.runUntilDelivered(I + 1);
    assertThat(cluster.sent(Scenario.write(I + 1, 1))).extracting(Envelope::from).contains(LAGGARD);
    for (int replica : SURVIVORS) {
      var decided = Scenario.decided(cluster, replica, I + 1);
      assertThat(decided.batch().header().proposedInRegency()).isZero();
      assertThat(decided.certificate().regency()).isEqualTo(1);
    }
    cluster.finish();
  }

  @Test
  void aVoteOfTheLaggardIsNoticed() {
    assertThatThrownBy(
            () -> {
              play(Broken.mutant("laggard-votes-bound"));
              cluster.runFor(TIMEOUT / 2);
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I4"));
  }
}
