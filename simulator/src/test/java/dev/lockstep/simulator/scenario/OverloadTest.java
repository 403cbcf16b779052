package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Trace F16. Under load, requests wait in a queue for longer than the request timeout although the
 * leader does what it can. A deadline is extended while requests that the replica received earlier
 * are being delivered, so the leader stays. That must not protect a leader that leaves one request
 * out while it serves those that came later.
 */
class OverloadTest {
  @Test
  void aQueueLongerThanTheTimeoutDeposesNobody() {
    queueUp(Variant.standard());
  }

  @Test
  void aQueueLongerThanTheTimeoutDeposesTheLeaderIfNothingExtendsDeadlines() {
    RequestRule strict =
        new RequestRule() {
          @Override
          public boolean extendsDeadline(boolean receivedEarlier) {
            return false;
          }
        };
    assertThatThrownBy(() -> queueUp(Broken.with(RequestRule.class, strict)))
        .hasMessageContaining("regency");
  }

  private static void queueUp(Variant variant) {
    SimCluster cluster = SimCluster.withReplicas(4).batchOf(1).variant(variant).start();
    List<ScriptedClient> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      ScriptedClient client = cluster.client("client " + i);
      cluster.runUntil(client::hasSession);
      clients.add(client);
    }
    cluster.runFor(20_000);

    // Each instance takes 80 ms, the last of six requests waits for 480: a timeout is 100.
    MessageRule proposals = cluster.hold(m -> m.is(Message.Propose.class));
    List<Call> calls = new ArrayList<>();
    for (ScriptedClient client : clients) {
      calls.add(client.submit(KvOperation.add(1, 1)));
      cluster.runFor(2_000);
    }
    final long since = cluster.now();
    while (!calls.stream().allMatch(Call::isDone)) {
      cluster.runFor(80_000);
      proposals.release(m -> true);
      assertThat(cluster.now() - since).isLessThan(5_000_000);
    }
    assertThat(cluster.now() - since).isGreaterThan(400_000);
    assertThat(cluster.count(Event.INSTALLED_REGENCY)).as("changes of regency").isZero();
    cluster.finish();
  }

  @Test
  void aLeaderThatServesAllButOneIsDeposed() {
    leaveOneOut(Variant.standard());
  }

  @Test
  void aLeaderThatServesAllButOneStaysIfAnyProgressExtendsAllDeadlines() {
    assertThatThrownBy(() -> leaveOneOut(Broken.mutant("one-timer-for-all")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("waits too long");
  }

  private static void leaveOneOut(Variant variant) {
    SimCluster cluster = SimCluster.withReplicas(4).variant(variant).start();
    ScriptedClient victim = cluster.client("victim");
    ScriptedClient busy = cluster.client("busy");
    cluster.runUntil(() -> victim.hasSession() && busy.hasSession());
    cluster.runFor(20_000);

    // The leader never hears of the victim's request.
    victim.cannotReach(0);
    cluster.drop(
        m ->
            m.isTo(0)
                && m.message() instanceof Message.Forwarded forwarded
                && forwarded.requests().stream()
                    .map(Request::client)
                    .anyMatch(victim.id()::equals));
    Call call = victim.submit(KvOperation.put(1, 10));
    final long since = cluster.now();
    while (!call.isDone()) {
      busy.submit(KvOperation.add(2, 1));
      cluster.runFor(10_000);
      assertThat(cluster.now() - since).as("the victim waits too long").isLessThan(1_000_000);
    }
    assertThat(cluster.replica(1).regency()).isEqualTo(1);
    cluster.runUntilReplied("busy");
    cluster.finish();
  }
}
