package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import org.junit.jupiter.api.Test;

/**
 * Trace F13. A client gets the replies of two replicas and loses those of the two others. When it
 * asks again, the reply has been evicted everywhere, and all say so. Two old replies and two new
 * ones are no quorum of either kind; so a replica's later reply takes the place of its earlier one,
 * and the client learns that its request was executed but that the result is gone.
 */
class EvictedReplyTest {
  @Test
  void aClientThatAsksTooLateIsToldSoByAllAndGoesOn() {
    SimCluster cluster = SimCluster.withReplicas(4).limits(EvictedReplyTest::fewReplies).start();
    ScriptedClient alice = cluster.client("alice");
    ScriptedClient bob = cluster.client("bob");
    cluster.runUntil(() -> alice.hasSession() && bob.hasSession());

    MessageRule lost = cluster.drop(m -> m.isTo(alice.endpoint()) && (m.isFrom(2) || m.isFrom(3)));
    Call call = alice.submit(KvOperation.add(1, 1));
    cluster.runUntil(() -> lost.taken().size() == 2);
    lost.stop();
    for (int i = 0; i < 8; i++) {
      bob.submit(KvOperation.add(2, 1));
    }
    cluster.runUntilReplied("bob");
    cluster.runFor(5_000);
    assertThat(call.isDone()).isFalse();

    cluster.runUntil(call::isDone, 1_000_000);
    assertThat(call.hasResult()).isFalse();
    assertThat(
            cluster.sent(
                m ->
                    m.isTo(alice.endpoint())
                        && m.message() instanceof Message.Reply reply
                        && reply.outcome() == Outcome.FORGOTTEN))
        .hasSizeGreaterThanOrEqualTo(3);

    // It was executed once, and the session goes on.
    Call next = alice.submit(KvOperation.add(1, 1));
    cluster.runUntil(next::isDone);
    assertThat(next.result()).isEqualTo(2);
    assertThat(cluster.replica(0).regency()).isZero();
    cluster.finish();
  }

  private static View.Limits fewReplies(View.Limits l) {
    return new View.Limits(
        l.batchRequests(),
        l.batchBytes(),
        l.requestBytes(),
        l.sessionWindow(),
        l.sessionsPerClient(),
        l.sessions(),
        512,
        l.sessionTimeoutMicros(),
        l.openBoundMicros(),
        l.clockBoundMicros(),
        l.authentication());
  }
}
