package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.check.AgreementChecker;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Trace F1. A STOPDATA speaks about the instances in (last delivered, last delivered + W] only;
 * what it does not list counts as "never voted". A replica that comes back with its votes but with
 * a shorter log would therefore deny votes above that range, and a value that was decided with one
 * of them could be replaced. So it says nothing about its votes before its log has reached them.
 */
class LogShorterThanVotesTest {
  private static final int DECIDER = 0;
  private static final int UNAWARE = 1;
  private static final int RESTARTED = 2;
  private static final int BYZANTINE = 3;

  private static final UnaryOperator<SimClusterBuilder> STANDARD = builder -> builder;

  /** What matters is whether two different decisions come about, not the first wrong step. */
  private static final UnaryOperator<SimClusterBuilder> MUTANT =
      builder ->
          builder
              .variant(Broken.mutant("log-shorter-than-votes"))
              .unchecked()
              .observer(new AgreementChecker());

  /**
   * Instances 1 to 3 are decided everywhere. At 4 three replicas accept, but only the leader learns
   * of it and delivers, and then it dies. One of the others is killed and loses its log; the
   * Byzantine one denies its vote; the last one never heard of 4. These three must not find 4 free.
   */
  @Test
  void aReplicaThatLostItsLogDoesNotDenyTheVotesItStillHas() {
    killOneAndEmptyItsLog(STANDARD);
  }

  @Test
  void theFirstVariantLosesAgreementIfTheReplicaSpeaksAtOnce() {
    assertThatThrownBy(() -> killOneAndEmptyItsLog(MUTANT))
        .isInstanceOf(Violation.class)
        .hasMessageContaining("I1: instance 4");
  }

  private static void killOneAndEmptyItsLog(UnaryOperator<SimClusterBuilder> variant) {
    SimCluster cluster =
        variant
            .apply(
                SimCluster.withReplicas(4)
                    .window(1)
                    .inMemory()
                    .behaves(BYZANTINE, new ConcealsVotes()))
            .start();
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    alice.submit(KvOperation.put(1, 20));
    cluster.runUntilReplied("alice");
    cluster.runUntilDelivered(3);

    final MessageRule hearsNothing = cluster.drop(m -> m.isTo(UNAWARE) && m.instance() == 4);
    final MessageRule hearsNoAccept =
        cluster.drop(
            m ->
                !m.isTo(DECIDER)
                    && m.instance() == 4
                    && (m.is(Message.Accept.class) || m.is(Message.Decision.class)));
    Call third = alice.submit(KvOperation.put(1, 30));
    cluster.runUntil(() -> cluster.replica(DECIDER).lastDelivered() == 4);
    cluster.replica(DECIDER).crash();
    hearsNothing.stop();
    hearsNoAccept.stop();

    cluster.replica(RESTARTED).crashAndKeep(record -> !(record instanceof Record.Decided));
    assertThat(cluster.replica(RESTARTED).records()).anyMatch(record -> isVoteAt(4, record));
    // It does not catch up before the others ask it for its votes.
    MessageRule noHelp = cluster.drop(m -> m.isTo(RESTARTED) && m.is(Message.Decision.class));
    cluster.replica(RESTARTED).restart();
    cluster.runUntil(() -> cluster.replica(RESTARTED).regency() == 1);
    cluster.runFor(50_000);
    noHelp.stop();
    cluster.runFor(2_000_000);
    assertThat(cluster.count(Event.SYNC_FREE)).isZero();

    cluster.replica(DECIDER).restart();
    cluster.runUntil(third::isDone);
    assertThat(third.result()).isEqualTo(20);
    cluster.runUntilDelivered(4);
    cluster.finish();
  }

  /**
   * With a window of eight, eight requests are voted on and answered at about the same time. Then
   * the power of all is cut before the decisions are on the disks: what is left are votes for
   * instances 2 to 9 and a log that ends with 1. Nothing that was answered may be lost.
   */
  @Test
  void aPowerCutOfAllLosesDecisionsButNothingThatWasAnswered() {
    cutThePowerOfAll(STANDARD);
  }

  @Test
  void theSecondVariantLosesAgreementIfReplicasSpeakAtOnce() {
    assertThatThrownBy(() -> cutThePowerOfAll(MUTANT))
        .isInstanceOf(Violation.class)
        .hasMessageContaining("I1: instance 9");
  }

  private static void cutThePowerOfAll(UnaryOperator<SimClusterBuilder> variant) {
    SimCluster cluster =
        variant.apply(SimCluster.withReplicas(4).window(8).batchOf(1).fsync(20_000)).start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    cluster.runFor(50_000);
    List<Call> calls = new ArrayList<>();
    for (int i = 1; i <= 8; i++) {
      calls.add(alice.submit(KvOperation.add(1, 1)));
    }
    cluster.runUntilReplied("alice");
    int voters = 0;
    for (int id = 0; id < 4; id++) {
      cluster.replica(id).cutPowerLosingUnsynced();
      List<Record> left = cluster.replica(id).records();
      assertThat(left)
          .noneMatch(r -> r instanceof Record.Decided decided && decided.batch().instance() == 9);
      voters += left.stream().anyMatch(r -> isVoteAt(9, r)) ? 1 : 0;
    }
    assertThat(voters).isGreaterThanOrEqualTo(3);
    for (int id = 0; id < 4; id++) {
      cluster.replica(id).restart();
    }
    // What was accepted before is not heard of again but through STOPDATA.
    cluster.drop(m -> m.message() instanceof Message.Accept accept && accept.regency() == 0);
    cluster.client("bob").submit(KvOperation.put(2, 1));
    Call next = alice.submit(KvOperation.get(1));
    cluster.runUntil(next::isDone);
    cluster.runUntilReplied("bob");
    assertThat(next.result()).isEqualTo(8);
    assertThat(calls).extracting(Call::result).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
    cluster.finish();
  }

  private static boolean isVoteAt(long instance, Record record) {
    return record instanceof Record.Locked locked && locked.instance() == instance;
  }
}
