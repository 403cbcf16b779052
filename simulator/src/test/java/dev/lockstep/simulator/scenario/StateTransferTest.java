package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.protocol.replica.ReplicaConfig.Timing;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.adversary.catalogue.Adversaries;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The logs of the others do not reach back to a replica that comes back. It takes a checkpoint of
 * one of them, proves it by the checkpoints of others, and is one like all again.
 */
class StateTransferTest {
  private static final int D = 3;

  private SimCluster cluster;
  private ScriptedClient alice;

  private void start(SimClusterBuilder builder) {
    start(builder, 20);
  }

  private void start(SimClusterBuilder builder, int period) {
    Budgets defaults = Budgets.defaults();
    Budgets budgets =
        new Budgets(
            defaults.clientRequests(),
            defaults.clientBytes(),
            defaults.peerRequests(),
            defaults.peerBytes(),
            1,
            defaults.transferBytes());
    cluster = builder.checkpoints(period, 64).budgets(budgets).start();
    alice = Scenario.client(cluster, "alice");
  }

  /** So many operations on so many keys that the state has several pieces. */
  private void serve(int operations) {
    for (int i = 0; i < operations; i++) {
      Call call = alice.submit(KvOperation.add(i % 40, 1));
      cluster.runUntil(call::hasResult, 10 * SECOND);
    }
  }

  private void assertThatItTakesPartAgain(long before) {
    cluster.runUntil(
        () -> cluster.replica(D).lastDelivered() >= before && !cluster.replica(D).isLearner(),
        10 * SECOND);
    assertThat(cluster.replica(D).count(Event.TRANSFER_DONE)).isPositive();
    // Its vote is needed now.
    cluster.replica(2).crash();
    Call call = alice.submit(KvOperation.add(9, 1));
    cluster.runUntil(call::hasResult, 10 * SECOND);
    cluster.finish();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aLaggardTakesACheckpointInAnIdleGroup(int window) {
    start(SimCluster.withReplicas(4).window(window));
    MessageRule cut = cluster.isolate(D);
    serve(100);
    cut.stop();
    assertThatItTakesPartAgain(Scenario.last(cluster));
  }

  @Test
  void aWipedReplicaTakesACheckpointUnderLoad() {
    start(SimCluster.withReplicas(4).window(2));
    serve(100);
    cluster.replica(D).loseDisk();
    serve(60);
    cluster.replica(D).restart();
    serve(200);
    assertThatItTakesPartAgain(Scenario.last(cluster));
  }

  /**
   * Checkpoints of others follow so close on one another that the next is reached before the own
   * hash of the one before is there; in an idle group there are no others to wait for. Once failed:
   * the laggard ran past all of them and could never prove its state, and the group needed it.
   */
  @Test
  void noInstanceToCompareAtIsRunPast() {
    start(SimCluster.withReplicas(7).window(2).fsync(3_000), 8);
    MessageRule cut = cluster.isolate(D);
    serve(60);
    cut.stop();
    assertThatItTakesPartAgain(Scenario.last(cluster));
  }

  /** T1, T3 to T9: one sender lies; the laggard comes through all the same. */
  @ParameterizedTest
  @ValueSource(strings = {"forged-state", "false-offers", "bad-pieces", "transfer-flood"})
  void oneSenderThatLiesIsReplaced(String adversary) {
    start(SimCluster.withReplicas(4).window(2).behaves(1, Adversaries.create(adversary)));
    MessageRule cut = cluster.isolate(D);
    serve(100);
    cut.stop();
    cluster.runUntil(() -> cluster.replica(D).count(Event.TRANSFER_DONE) == 1, 20 * SECOND);
    cluster.runUntil(() -> !cluster.replica(D).isLearner(), 10 * SECOND);
    serve(20);
    Scenario.settle(cluster);
    cluster.finish();
  }

  /** T1: believed on the word of one, a state that never was gets into the group. */
  @Test
  void oneHashIsNotEnough() {
    start(
        SimCluster.withReplicas(4)
            .window(2)
            .variant(Broken.mutant("one-hash-is-enough"))
            .behaves(1, Adversaries.create("forged-state")));
    MessageRule cut = cluster.isolate(D);
    serve(100);
    cut.stop();
    MessageRule onlyTheLiar =
        cluster.drop(said -> said.is(Message.Offers.class) && said.isTo(D) && !said.isFrom(1));
    assertThatThrownBy(
            () -> {
              cluster.runFor(SECOND);
              onlyTheLiar.stop();
              serve(100);
              cluster.finish();
            })
        .isInstanceOf(Violation.class)
        .hasMessageContaining("I8");
  }

  @Test
  void inCrashModeOneIsBelieved() {
    start(SimCluster.withReplicas(3).crashMode());
    cluster.replica(2).loseDisk();
    serve(100);
    cluster.replica(2).restart();
    cluster.runUntil(() -> cluster.replica(2).lastDelivered() >= 100, 10 * SECOND);
    assertThat(cluster.replica(2).count(Event.TRANSFER_DONE)).isEqualTo(1);
    cluster.finish();
  }

  /** Others choose how large it is, so that is no reason to stop: room may be made. */
  @Test
  void aDiskThatHasNoRoomForAStateStopsNobody() {
    start(SimCluster.withReplicas(4).window(2));
    MessageRule cut = cluster.isolate(D);
    serve(100);
    cluster.replica(D).fillDisk(3 * SECOND);
    cut.stop();
    cluster.runFor(2 * SECOND);
    assertThat(cluster.replica(D).isUp()).isTrue();
    assertThat(cluster.replica(D).count(Event.SOURCE_REPLACED)).isPositive();
    assertThat(cluster.replica(D).count(Event.TRANSFER_DONE)).isZero();
    cluster.runUntil(() -> cluster.replica(D).count(Event.TRANSFER_DONE) == 1, 20 * SECOND);
    serve(20);
    Scenario.settle(cluster);
    cluster.finish();
  }

  /**
   * On busy disks and links a piece takes longer than a sender that is well: the only one who has
   * the checkpoint is not given up, and what comes late counts.
   */
  @Test
  void sendersThatAreSlowAreEnough() {
    start(SimCluster.withReplicas(4).window(2));
    MessageRule cut = cluster.isolate(D);
    serve(100);
    cut.stop();
    for (int i = 0; i < 100 && cluster.replica(D).count(Event.TRANSFER_DONE) == 0; i++) {
      MessageRule slow = cluster.hold(said -> said.isTo(D) && said.is(Message.Piece.class));
      cluster.runFor(6 * SECOND / 10);
      slow.release();
    }
    assertThat(cluster.replica(D).count(Event.TRANSFER_DONE)).isEqualTo(1);
    cluster.runUntil(() -> !cluster.replica(D).isLearner(), 10 * SECOND);
    serve(20);
    Scenario.settle(cluster);
    cluster.finish();
  }

  /**
   * A large state is long on its way to the disk, and on a busy machine so is everything else: what
   * has no proof yet is not given up for the next one without end.
   */
  @Test
  void aProofMayTakeItsTime() {
    Timing some = Timing.defaults();
    start(
        SimCluster.withReplicas(4)
            .window(2)
            .inMemory()
            .fsync((int) (6 * SECOND))
            .timing(
                new Timing(
                    some.requestTimeout(),
                    some.timeoutDoublings(),
                    some.statusPeriod(),
                    20 * some.fetchPeriod(),
                    some.batchPause())));
    MessageRule cut = cluster.isolate(D);
    for (int i = 0; i < 12; i++) {
      serve(20);
      cluster.runFor(15 * SECOND);
    }
    cut.stop();
    cluster.runUntil(() -> cluster.replica(D).count(Event.TRANSFER_DONE) == 1, 600 * SECOND);
    assertThat(cluster.replica(D).count(Event.TRANSFER_INSTALLED)).isLessThanOrEqualTo(4);
    cluster.runUntil(() -> !cluster.replica(D).isLearner(), 10 * SECOND);
    cluster.finish();
  }

  /** What it took it has: it is found after the next restart, and others can take it from there. */
  @Test
  void whatWasTakenIsDurable() {
    start(SimCluster.withReplicas(4));
    MessageRule cut = cluster.isolate(D);
    serve(100);
    cut.stop();
    cluster.runUntil(() -> cluster.replica(D).count(Event.TRANSFER_DONE) == 1, 10 * SECOND);
    cluster.replica(D).cutPowerLosingUnsynced();
    cluster.replica(D).restart();
    cluster.runFor(SECOND);
    assertThat(cluster.replica(D).lastDelivered()).isEqualTo(Scenario.last(cluster));
    assertThat(cluster.replica(D).count(Event.TRANSFER_BEGUN)).isEqualTo(1);
    cluster.finish();
  }
}
