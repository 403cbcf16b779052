package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Message.Reply;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.state.SessionId;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.RawClient;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Trace F12. A session is opened by an ordered request that anybody may replay: the same identity
 * and nonce always give the same session, and past its deadline it has no effect. Sessions expire
 * by ordered time, which leaps after an outage of the whole group; for sessions it advances by one
 * second per instance at most, or every client would lose its session before it could speak.
 */
class SessionsOutliveOutagesTest {
  private static final long HOUR = 3_600_000_000L;

  @Test
  void anHourWithoutPowerEndsNoSession() {
    goDownForAnHour(Variant.standard());
  }

  @Test
  void anHourWithoutPowerEndsSessionsIfTheirTimeLeaps() {
    DeliveryRule leaps =
        new DeliveryRule() {
          @Override
          public long sessionTimeStep(long previousTime, long time) {
            return time - previousTime;
          }
        };
    assertThatThrownBy(() -> goDownForAnHour(Broken.with(DeliveryRule.class, leaps)))
        .isInstanceOf(AssertionError.class);
  }

  private static void goDownForAnHour(Variant variant) {
    SimCluster cluster = SimCluster.withReplicas(4).variant(variant).start();
    ScriptedClient alice = cluster.client("alice");
    ScriptedClient bob = cluster.client("bob");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runUntil(bob::hasSession);
    final long session = alice.session();
    final long sessionOfBob = bob.session();

    for (int id = 0; id < 4; id++) {
      cluster.replica(id).cutPower();
    }
    cluster.runFor(HOUR);
    for (int id = 0; id < 4; id++) {
      cluster.replica(id).restart();
    }
    // Somebody speaks first, and the others' sessions are there afterwards.
    Call first = alice.submit(KvOperation.add(1, 1));
    cluster.runUntil(first::isDone);
    Call second = bob.submit(KvOperation.add(1, 1));
    cluster.runUntil(second::isDone);
    assertThat(first.result()).isEqualTo(11);
    assertThat(second.result()).isEqualTo(12);
    assertThat(alice.session()).isEqualTo(session);
    assertThat(bob.session()).isEqualTo(sessionOfBob);
    cluster.finish();
  }

  @Test
  void aReplayedOpenGivesTheSameSessionUntilItsDeadlineAndNothingAfterwards() {
    SimCluster cluster = SimCluster.withReplicas(4).start();
    RawClient client = cluster.rawClient();
    Request open =
        client.request(
            Request.Kind.OPEN,
            0,
            0,
            new OpenSession(77, cluster.wallClock() + 2_000_000, 0).encode());
    client.sendToAll(open);
    cluster.runUntil(() -> client.answeredBy(open).size() == 4);
    final long session = client.session();
    assertThat(session).isPositive();

    client.sendToAll(open);
    cluster.runUntil(() -> client.repliesOf(0).size() == 2 && client.repliesOf(3).size() == 2);
    assertThat(client.session()).isEqualTo(session);
    assertThat(cluster.replica(0).lastDelivered()).isEqualTo(1);

    // Ordered time must pass the deadline, which needs somebody who asks for something.
    cluster.runFor(3_000_000);
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runFor(20_000);
    final long delivered = cluster.replica(0).lastDelivered();
    client.sendToAll(open);
    cluster.runFor(1_000_000);
    for (int id = 0; id < 4; id++) {
      assertThat(last(client.repliesOf(id)).outcome()).isEqualTo(Outcome.EXPIRED);
    }
    assertThat(cluster.replica(0).lastDelivered()).isEqualTo(delivered);
    assertThat(cluster.replica(0).regency()).isZero();

    // The session itself is alive: only the OPEN is too old.
    Request put = client.request(1, KvOperation.put(1_000, 1));
    assertThat(put.session()).isEqualTo(session);
    client.sendToAll(put);
    cluster.runUntil(() -> client.answeredBy(put).size() == 4);
    assertThat(last(client.repliesOf(0)).outcome()).isEqualTo(Outcome.EXECUTED);
    cluster.finish();
  }

  /**
   * Two leaders in turn fail to bring the same OPEN through, at two instances of the window; the
   * third regency finds both values locked and has to decide both. The second one gives the client
   * the session that it has.
   */
  @Test
  void anOpenThatIsBoundTwiceOpensOneSession() {
    SimCluster cluster = SimCluster.withReplicas(4).window(2).start();
    RawClient bob = cluster.rawClient();
    bob.open();
    RawClient client = cluster.rawClient();

    // Regency 0: nobody hears the proposal at 2; at 3, only replica 3 locks.
    MessageRule noTwo =
        cluster.drop(
            m ->
                m.message() instanceof Message.Propose propose
                    && propose.instance() == 2
                    && propose.regency() == 0);
    MessageRule lockAtThree =
        cluster.drop(
            m ->
                m.instance() == 3
                    && (m.is(Message.Accept.class) || m.is(Message.Write.class) && !m.isTo(3)));
    bob.sendToAll(bob.request(1, KvOperation.put(1_000, 1)));
    cluster.runUntil(() -> !noTwo.taken().isEmpty());
    Request open =
        client.request(
            Request.Kind.OPEN,
            0,
            0,
            new OpenSession(77, cluster.wallClock() + 20_000_000, 0).encode());
    client.sendToAll(open);
    cluster.runUntil(() -> isLocked(cluster, 3, 3, 0));

    // Regency 1, without replica 3: only replica 2 locks at 2.
    MessageRule withoutThree = cluster.isolate(3);
    MessageRule lockAtTwo =
        cluster.drop(
            m ->
                m.instance() == 2
                    && (m.is(Message.Accept.class) || m.is(Message.Write.class) && !m.isTo(2)));
    cluster.runUntil(() -> isLocked(cluster, 2, 2, 1));

    // Regency 2, without the votes of replica 0.
    withoutThree.stop();
    MessageRule withoutZero = cluster.drop(m -> m.isFrom(0) && m.is(Message.StopData.class));
    cluster.runUntilRegency(2);
    assertThat(cluster.replica(2).count(Event.SYNC_BOUND)).isEqualTo(2);
    withoutZero.stop();
    lockAtThree.stop();
    lockAtTwo.stop();
    cluster.runUntilDelivered(3);
    cluster.runUntil(() -> client.repliesOf(0).size() >= 2);
    assertThat(client.repliesOf(0)).extracting(Reply::outcome).containsOnly(Outcome.OPENED);
    assertThat(client.repliesOf(0))
        .extracting(Reply::resultDigest)
        .containsOnly(client.repliesOf(0).get(0).resultDigest());
    assertThat(SessionId.instance(client.session())).isEqualTo(2);

    Request put = client.request(1, KvOperation.put(1_001, 1));
    client.sendToAll(put);
    cluster.runUntil(() -> client.answeredBy(put).size() == 4);
    cluster.finish();
  }

  private static boolean isLocked(SimCluster cluster, int replica, long instance, long regency) {
    return cluster.replica(replica).records().stream()
        .anyMatch(
            record ->
                record instanceof Record.Locked locked
                    && locked.instance() == instance
                    && locked.regency() == regency);
  }

  private static Reply last(List<Reply> replies) {
    return replies.get(replies.size() - 1);
  }
}
