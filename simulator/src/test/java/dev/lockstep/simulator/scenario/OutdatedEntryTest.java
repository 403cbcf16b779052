package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * S4 with a lost disk. X tells the new leader D that it never voted at i, and then loses its disk.
 * Whether what X said is still of use follows from the other entries alone: if they were made
 * before their senders heard of the loss, it is, and X waits for that SYNC before it counts their
 * answers; if they were made later, they show the loss.
 */
class OutdatedEntryTest {
  private static final int A = 0;
  private static final int D = 1;
  private static final int X = 2;
  private static final int C = 3;

  private final SimCluster cluster = SimCluster.withReplicas(4).start();
  private final ScriptedClient alice = Scenario.client(cluster, "alice");

  /** Nobody proposes anything; X states this to D, or so it believes. */
  private Call callAndLoseX() {
    cluster.drop(Scenario.propose(Scenario.last(cluster) + 1, 0));
    Call call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(() -> !cluster.sent(Scenario.stopData(1).and(s -> s.isFrom(X))).isEmpty());
    cluster.runFor(1_000);
    cluster.replica(X).loseDisk();
    cluster.replica(X).restart();
    cluster.runFor(TIMEOUT / 2);
    return call;
  }

  private List<Message.SignedTestimony> entries(long regency) {
    Envelope said = cluster.sent(Scenario.sync(regency)).get(0);
    return ((Message.Sync) said.message()).entries();
  }

  @Test
  void xCountsNoAnswerBeforeTheSyncThatMayUseItsForgottenWord() {
    MessageRule slow =
        cluster.hold(said -> Scenario.stopData(1).test(said) && (said.isFrom(A) || said.isFrom(C)));
    Call call = callAndLoseX();
    // All have answered, each after it stated what SYNC(1) will be made of.
    assertThat(cluster.sent(said -> said.is(Message.RecoverReply.class))).hasSizeGreaterThan(5);
    assertThat(cluster.replica(X).isLearner()).isTrue();

    slow.release();
    cluster.runUntil(call::hasResult, 5 * SECOND);
    assertThat(entries(1)).extracting(entry -> entry.core().replica()).contains(X);
    cluster.runUntil(() -> !cluster.replica(X).isLearner(), SECOND);
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    cluster.finish();
  }

  /** A and C hear of the loss before they hear of regency 1, so their entries show it. */
  @Test
  void whatOthersKnowLeavesItOut() {
    MessageRule unheard =
        cluster.hold(
            said -> said.is(Message.Stop.class) || said.is(Message.Status.class) && !said.isTo(X));
    cluster.drop(Scenario.propose(Scenario.last(cluster) + 1, 0));
    Call call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(() -> !cluster.sent(said -> said.is(Message.Stop.class)).isEmpty());
    cluster.replica(X).loseDisk();
    cluster.replica(X).restart();
    cluster.runUntil(
        () -> cluster.replica(X).records().stream().anyMatch(r -> r instanceof Record.Muted),
        SECOND);
    unheard.release();
    cluster.runUntil(call::hasResult, 5 * SECOND);
    for (Message.SignedTestimony entry : entries(1)) {
      assertThat(entry.core().acknowledged())
          .extracting(claim -> claim.replica())
          .containsExactly(X);
    }
    cluster.finish();
  }
}
