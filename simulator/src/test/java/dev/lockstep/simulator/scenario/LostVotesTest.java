package dev.lockstep.simulator.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.check.AgreementChecker;
import dev.lockstep.simulator.machine.Flaw;
import dev.lockstep.simulator.mutant.Flaws;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.ScriptedClient;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Trace F2. A replica that lost its votes does not know what it helped to decide. It learns until
 * the group is so far that none of those votes can matter: it neither votes nor speaks of votes up
 * to M + 2W, where M is the highest decision that a quorum of the others can prove. That holds
 * after a power cycle in memory mode, for a disk lost at the first instance of a new group, and for
 * a learner that is killed meanwhile.
 */
class LostVotesTest {
  private static final int DECIDER = 0;

  private static final UnaryOperator<SimClusterBuilder> STANDARD = builder -> builder;

  private static final UnaryOperator<SimClusterBuilder> VOTES_AT_ONCE =
      builder ->
          builder
              .variant(Broken.mutant("learner-votes-at-once"))
              .unchecked()
              .observer(new AgreementChecker());

  /**
   * Three replicas accept at instance 3, one of them delivers and is cut off, but for its help to
   * those who lost their votes. Then the two others are power-cycled, one after the other, which
   * leaves nobody but the decider that knows of 3. That is one fault more than the group tolerates:
   * it may stand still, but it must not decide 3 again.
   */
  @Test
  void twoPowerCyclesWithAnOpenInstanceDoNotMakeItFree() {
    powerCycleTwo(STANDARD);
  }

  @Test
  void twoPowerCyclesMakeTwoDecisionsIfLearnersVoteAtOnce() {
    assertThatThrownBy(() -> powerCycleTwo(VOTES_AT_ONCE))
        .isInstanceOf(Violation.class)
        .hasMessageContaining("I1: instance 3");
  }

  private static void powerCycleTwo(UnaryOperator<SimClusterBuilder> variant) {
    SimCluster cluster = variant.apply(SimCluster.withReplicas(4).window(1).inMemory()).start();
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.runUntilDelivered(2);

    List<MessageRule> rules = decideOnlyAtDecider(cluster, 3, 3);
    Call call = alice.submit(KvOperation.put(1, 20));
    cluster.runUntil(() -> cluster.replica(DECIDER).lastDelivered() == 3);
    onlyHelpFromDecider(cluster, rules);

    // Else the third one promises regency 1, and those that lost their votes wait for its SYNC.
    MessageRule unheard = cluster.drop(m -> m.is(Message.Stop.class) || m.is(Message.Status.class));
    for (int id = 1; id <= 2; id++) {
      cluster.replica(id).cutPower();
      cluster.replica(id).restart();
      cluster.runFor(300_000);
    }
    unheard.stop();
    cluster.runFor(2_000_000);
    assertThat(cluster.count(Event.LEARNER)).isEqualTo(2);
    assertThat(cluster.replica(3).lastDelivered()).isEqualTo(2);

    cluster.heal();
    cluster.runUntilDelivered(3);
    cluster.runUntil(call::isDone);
    assertThat(call.result()).isEqualTo(10);
    cluster.finish();
  }

  /**
   * The first instance of a new group: three accept, one delivers and is cut off but for its help.
   * One of the others loses its disk, the Byzantine one denies its vote. A start without a vote
   * file is a loss in a new group too, so the replica does not help to decide the instance once
   * more; and when the decider is back, it becomes a full member again.
   */
  @Test
  void aDiskLostAtTheFirstInstanceOfAGroupIsALoss() {
    loseTheDiskAtTheStart(STANDARD);
  }

  @Test
  void aDiskLostAtTheFirstInstanceMakesTwoDecisionsIfTheLearnerVotesAtOnce() {
    assertThatThrownBy(() -> loseTheDiskAtTheStart(VOTES_AT_ONCE))
        .isInstanceOf(Violation.class)
        .hasMessageContaining("I1: instance 1");
  }

  private static void loseTheDiskAtTheStart(UnaryOperator<SimClusterBuilder> variant) {
    SimCluster cluster =
        variant.apply(SimCluster.withReplicas(4).window(1).behaves(3, new ConcealsVotes())).start();
    List<MessageRule> rules = decideOnlyAtDecider(cluster, 1, 1);
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(() -> cluster.replica(DECIDER).lastDelivered() == 1);
    onlyHelpFromDecider(cluster, rules);

    cluster.replica(2).loseDisk();
    cluster.replica(2).restart();
    cluster.runFor(2_000_000);
    assertThat(cluster.replica(1).lastDelivered()).isZero();
    assertThat(cluster.replica(2).isLearner()).isTrue();

    cluster.heal();
    cluster.runUntil(alice::hasSession);
    cluster.runUntil(() -> !cluster.replica(2).isLearner());
    Call call = alice.submit(KvOperation.put(1, 10));
    cluster.runUntil(call::isDone);
    cluster.finish();
  }

  /** At this instance one replica hears nothing, and only the decider hears of ACCEPTs. */
  private static List<MessageRule> decideOnlyAtDecider(
      SimCluster cluster, long instance, int unaware) {
    return List.of(
        cluster.drop(m -> m.isTo(unaware) && m.instance() == instance),
        cluster.drop(
            m ->
                !m.isTo(DECIDER)
                    && m.instance() == instance
                    && (m.is(Message.Accept.class) || m.is(Message.Decision.class))));
  }

  /** From now on the decider only answers replicas that lost their votes; the rest goes on. */
  private static void onlyHelpFromDecider(SimCluster cluster, List<MessageRule> before) {
    before.forEach(MessageRule::stop);
    cluster.drop(
        m ->
            (m.isFrom(DECIDER) || m.isTo(DECIDER))
                && !m.is(Message.Recover.class)
                && !m.is(Message.RecoverReply.class));
  }

  /**
   * The same losses one after the other, as operators restart machines: the first one loses its
   * votes while an instance is open and recovers, then the second. The group goes on, with empty
   * batches where nobody asks for anything.
   */
  @Test
  void oneAfterTheOtherRecovers() {
    SimCluster cluster = SimCluster.withReplicas(4).window(1).inMemory().start();
    ScriptedClient alice = cluster.client("alice");
    cluster.runUntil(alice::hasSession);
    MessageRule noAccepts = cluster.drop(m -> m.is(Message.Accept.class));
    Call call = alice.submit(KvOperation.put(1, 10));
    cluster.runUntil(
        () ->
            cluster.replica(1).records().stream()
                .anyMatch(r -> r instanceof Record.Locked locked && locked.instance() == 2));
    cluster.replica(1).cutPower();
    noAccepts.stop();
    cluster.replica(1).restart();
    for (int id : List.of(1, 2)) {
      cluster.runUntil(() -> !cluster.replica(1).isLearner());
      if (id == 2) {
        cluster.replica(2).cutPower();
        cluster.replica(2).restart();
      }
      cluster.runUntil(() -> cluster.replica(id).count(Event.RECOVERED) == 1);
      assertThat(cluster.replica(id).isLearner()).isFalse();
    }
    cluster.runUntil(call::isDone);
    Call next = alice.submit(KvOperation.get(1));
    cluster.runUntil(next::isDone);
    assertThat(next.result()).isEqualTo(10);
    cluster.finish();
  }

  /**
   * A learner that knows how long it must be silent is killed. What it has written down keeps it
   * silent after the restart, although its vote file now looks intact.
   */
  @Test
  void aLearnerThatIsKilledStaysMute() {
    killALearner(STANDARD);
  }

  @Test
  void aLearnerThatForgetsThatItIsMuteVotes() {
    Flaw forgets = Flaws.forgetting(record -> record instanceof Record.Muted);
    assertThatThrownBy(() -> killALearner(builder -> builder.variant(Broken.with(forgets))))
        .isInstanceOf(Violation.class)
        .hasMessageContaining("I4: replica 2 is mute");
  }

  private static void killALearner(UnaryOperator<SimClusterBuilder> variant) {
    SimCluster cluster = variant.apply(SimCluster.withReplicas(4).window(4).inMemory()).start();
    ScriptedClient alice = cluster.client("alice");
    alice.submit(KvOperation.put(1, 10));
    cluster.runUntilReplied("alice");
    cluster.replica(2).cutPower();
    cluster.replica(2).restart();
    cluster.runUntil(
        () -> cluster.replica(2).records().stream().anyMatch(r -> r instanceof Record.Muted));
    cluster.runFor(100);
    cluster.replica(2).crash();
    cluster.replica(2).restart();
    Call call = alice.submit(KvOperation.put(1, 20));
    cluster.runUntil(call::isDone);
    assertThat(cluster.replica(2).isLearner()).isTrue();
    cluster.runUntil(() -> !cluster.replica(2).isLearner());
    cluster.finish();
  }
}
