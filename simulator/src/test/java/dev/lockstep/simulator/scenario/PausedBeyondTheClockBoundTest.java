package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Trace F17. The time of a proposal is compared with the clock when it arrives. If all replicas
 * stand still for longer than the bound while one is under way, it is too old when they go on, and
 * nobody but its leader votes for it. That is a reason to wait, not to halt: the timers bring the
 * next leader, which proposes with a new time. The value of which some voted before is decided with
 * its old one, because only fresh proposals are compared.
 */
class PausedBeyondTheClockBoundTest {
  private static final long BOUND = 500_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void theGroupGetsGoingAgain(int window) {
    SimCluster cluster = SimCluster.withReplicas(4).window(window).start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    cluster.runFor(20_000);
    final long last = cluster.replica(0).lastDelivered();

    Call call = alice.submit(KvOperation.put(1, 10));
    cluster.runUntil(
        () -> !cluster.sent(m -> m.is(Message.Propose.class) && m.instance() > last).isEmpty());
    pauseAll(cluster);
    assertThat(cluster.count(Event.WAITING_PROPOSAL)).isPositive();
    cluster.runUntil(call::isDone, 2_000_000);

    Call next = alice.submit(KvOperation.get(1));
    cluster.runUntil(next::isDone, 1_000_000);
    assertThat(next.result()).isEqualTo(10);
    assertThat(cluster.replica(0).regency()).isLessThanOrEqualTo(2);
    cluster.finish();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void whatWasVotedForBeforeIsDecidedWithItsOldTime(int window) {
    SimCluster cluster = SimCluster.withReplicas(4).window(window).start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    cluster.runFor(20_000);
    final long last = cluster.replica(0).lastDelivered();

    Call call = alice.submit(KvOperation.put(1, 10));
    cluster.runUntil(
        () ->
            cluster.sent(m -> m.is(Message.Accept.class) && m.instance() == last + 1).size() >= 3);
    final long proposedBefore = cluster.wallClock();
    pauseAll(cluster);
    cluster.runUntil(call::isDone, 2_000_000);
    assertThat(cluster.replica(1).delivered().get((int) last).timestampMicros())
        .isLessThan(proposedBefore);
    cluster.finish();
  }

  private static void pauseAll(SimCluster cluster) {
    for (int id = 0; id < 4; id++) {
      cluster.replica(id).pause();
    }
    cluster.runFor(4 * BOUND);
    for (int id = 0; id < 4; id++) {
      cluster.replica(id).resume();
    }
    cluster.runFor(20_000);
  }
}
