package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T14. W = 3: the leader proposes c, c+1 and c+2 and crashes. c and c+2 are locked,
 * c+1 was written by one replica only. SYNC must bind c and c+2 and fill the hole between them with
 * a NOOP; the request of the lost proposal is pending again and is ordered after c+2.
 */
class PipelineHoleTest {
  private static final List<Integer> SURVIVORS = List.of(1, 2, 3);

  private SimCluster cluster;
  private long c;
  private ScriptedClient bob;
  private Call first;
  private Call lost;
  private Call third;

  private void play(Variant variant) {
    cluster = SimCluster.withReplicas(4).window(3).variant(variant).start();
    var alice = Scenario.client(cluster, "alice");
    bob = Scenario.client(cluster, "bob");
    var carol = Scenario.client(cluster, "carol");
    c = Scenario.last(cluster) + 1;
    for (long t = c; t < c + 3; t++) {
      cluster.drop(Scenario.accept(t, 0));
    }
    cluster.drop(Scenario.propose(c + 1, 0).and(said -> !said.isTo(1)));
    first = alice.submit(KvOperation.put(1, 1));
    cluster.runUntil(() -> !cluster.sent(Scenario.propose(c, 0)).isEmpty());
    lost = bob.submit(KvOperation.put(2, 2));
    cluster.runUntil(() -> !cluster.sent(Scenario.propose(c + 1, 0)).isEmpty());
    third = carol.submit(KvOperation.put(3, 3));
    for (int replica : SURVIVORS) {
      cluster.runUntil(
          () ->
              Scenario.hasLocked(cluster, replica, c, 0)
                  && Scenario.hasLocked(cluster, replica, c + 2, 0));
    }
    cluster.runUntil(
        () -> !cluster.sent(Scenario.write(c + 1, 0).and(said -> said.isFrom(1))).isEmpty());
    cluster.replica(0).crash();
  }

  @Test
  void theHoleIsFilledWithANoopAndItsRequestIsOrderedLater() {
    play(Variant.standard());
    cluster.runUntil(() -> first.hasResult() && lost.hasResult() && third.hasResult(), SECOND);
    cluster.runUntilDelivered(c + 3);
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    assertThat(Scenario.decided(cluster, 1, c + 1).batch().references()).isEmpty();
    for (int replica : SURVIVORS) {
      assertThat(cluster.replica(replica).count(Event.SYNC_BOUND)).isEqualTo(2);
      assertThat(cluster.replica(replica).count(Event.SYNC_NOOP)).isEqualTo(1);
      List<Delivery> delivered = cluster.replica(replica).delivered();
      assertThat(delivered.get((int) c - 1).commands()).hasSize(1);
      assertThat(delivered.get((int) c).commands()).isEmpty();
      assertThat(delivered.get((int) c + 1).commands()).hasSize(1);
      assertThat(delivered.get((int) c + 2).commands())
          .extracting(Delivery.Command::client)
          .containsExactly(bob.id());
    }
    cluster.finish();
  }

  @Test
  void whatIsBoundAboveTheHoleWaitsForEverIfTheHoleStaysOpen() {
    play(Broken.mutant("holes-left-open"));
    cluster.runFor(20 * TIMEOUT);
    assertThat(Scenario.last(cluster)).isEqualTo(c);
    assertThat(lost.hasResult()).isFalse();
    assertThat(third.hasResult()).isFalse();
  }

  @Test
  void theLastLockIsPassedOverIfTheRangeOfSyncIsTooShort() {
    assertThatThrownBy(
            () -> {
              play(Broken.mutant("range-too-short"));
              cluster.runUntil(lost::hasResult, SECOND);
              Scenario.serve(cluster, bob, 3);
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I5"));
  }
}
