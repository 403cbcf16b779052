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
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample S1, W = 2, without any lie. In regency 0 only replica 3 locks alice's request at
 * c. Regency 1 begins without the entry of 3, so c is free there; its leader proposes bob's request
 * at c, which nobody locks, and alice's at c+1, which 2 locks. Regency 2 finds both locks: the same
 * request is bound at c and at c+1. Both must be voted for, and delivery skips the second.
 */
class DuplicateBoundTwiceTest {
  private static final List<Integer> SURVIVORS = List.of(1, 2, 3);

  private SimCluster cluster;
  private ScriptedClient alice;
  private ScriptedClient bob;
  private Call twice;
  private Call once;
  private long c;

  private void play(Variant variant) {
    cluster = SimCluster.withReplicas(4).window(2).variant(variant).start();
    alice = Scenario.client(cluster, "alice");
    bob = Scenario.client(cluster, "bob");
    c = Scenario.last(cluster) + 1;
    MessageRule unknownToOne =
        cluster.hold(
            said ->
                said.isTo(1)
                    && (said.isFrom(alice.endpoint())
                        || said.is(Message.Forwarded.class)
                        || said.is(Message.RequestBodies.class)));

    // Regency 0: the lock at c exists at 3 only.
    cluster.drop(Scenario.propose(c, 0).and(said -> said.isTo(1)));
    cluster.drop(Scenario.write(c, 0).and(said -> !said.isTo(3)));
    cluster.drop(Scenario.accept(c, 0));
    // Regency 1: without 3; no lock at c, one at c+1.
    cluster.drop(Scenario.stopData(1).and(said -> said.isFrom(3)));
    cluster.drop(Scenario.sync(1).and(said -> said.isTo(3)));
    cluster.drop(Scenario.write(c, 1));
    cluster.drop(Scenario.write(c + 1, 1).and(said -> !said.isTo(2)));
    cluster.drop(Scenario.accept(c + 1, 1));

    twice = alice.submit(KvOperation.add(1, 10));
    cluster.runUntil(() -> Scenario.hasLocked(cluster, 3, c, 0));
    cluster.runUntil(() -> !cluster.sent(Scenario.sync(1)).isEmpty());
    once = bob.submit(KvOperation.add(2, 20));
    cluster.runUntil(() -> !cluster.sent(Scenario.propose(c, 1)).isEmpty());
    unknownToOne.release();
    cluster.runUntil(() -> Scenario.hasLocked(cluster, 2, c + 1, 1));
    for (int replica : SURVIVORS) {
      assertThat(Scenario.hasLocked(cluster, replica, c, 1)).isFalse();
    }
    cluster.replica(0).crash();
  }

  @Test
  void bothAreDecidedAndTheRequestIsExecutedOnce() {
    play(Variant.standard());
    cluster.runUntil(() -> twice.hasResult() && once.hasResult(), 2 * SECOND);
    cluster.runUntilDelivered(c + 2);
    assertThat(Scenario.regency(cluster)).isEqualTo(2);
    assertThat(twice.result()).isEqualTo(10);
    var atC = Scenario.decided(cluster, 2, c).batch();
    var above = Scenario.decided(cluster, 2, c + 1).batch();
    assertThat(above.references()).isEqualTo(atC.references());
    assertThat(atC.header().proposedInRegency()).isZero();
    assertThat(above.header().proposedInRegency()).isEqualTo(1);
    for (int replica : SURVIVORS) {
      var delivered = cluster.replica(replica).delivered();
      assertThat(delivered.get((int) c - 1).commands()).hasSize(1);
      assertThat(delivered.get((int) c).commands()).isEmpty();
    }
    Call sum = alice.submit(KvOperation.get(1));
    cluster.runUntil(sum::hasResult, SECOND);
    assertThat(sum.result()).isEqualTo(10);
    cluster.finish();
  }

  /** Whoever tested bound values for duplicates would not write the second one. */
  @Test
  void theGroupIsStuckIfBoundValuesAreTestedForDuplicates() {
    play(Variant.standard());
    cluster.drop(
        said ->
            said.message() instanceof Message.Write write
                && write.instance() == c + 1
                && write.regency() > 1);
    cluster.runFor(30 * TIMEOUT);
    assertThat(Scenario.last(cluster)).isLessThanOrEqualTo(c);
    assertThat(once.hasResult()).isFalse();
  }

  @Test
  void theRequestIsExecutedTwiceIfDeliveryDoesNotSkipDuplicates() {
    assertThatThrownBy(
            () -> {
              play(Broken.mutant("no-duplicate-filter"));
              cluster.runUntil(() -> twice.hasResult() && once.hasResult(), 2 * SECOND);
              cluster.finish();
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I2"));
  }
}
