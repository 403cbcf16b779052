package dev.lockstep.protocol.replica.facts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.replica.facts.Voice.Mode;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.view.Views;
import org.junit.jupiter.api.Test;

class VoiceTest {
  private final Facts facts = new Facts(1, Views.byzantine(4, 1, 4));
  private final Voice voice = facts.voice;

  private void deliverUpTo(long instance) {
    while (facts.log.last() < instance) {
      facts.append();
    }
  }

  @Test
  void aFullMemberSaysEverything() {
    assertThat(voice.mode()).isEqualTo(Mode.FULL);
    assertThat(voice.mayVote(1, 0)).isTrue();
    assertThat(voice.mayTestify()).isTrue();
    assertThat(voice.maySuspect()).isTrue();
    assertThat(voice.mayReply()).isTrue();
    assertThat(voice.mayAnswerReads()).isTrue();
  }

  @Test
  void votesStayInTheWindowAndInTheRegency() {
    assertThat(voice.mayVote(4, 0)).isTrue();
    assertThat(voice.mayVote(5, 0)).isFalse();
    assertThat(voice.mayVote(0, 0)).isFalse();
    assertThat(voice.mayVote(1, 1)).isFalse();
    facts.regency.install(1);
    assertThat(voice.mayVote(1, 1)).as("not synced").isFalse();
  }

  @Test
  void aLearnerOnlyAnswers() {
    voice.learn();
    assertThat(voice.mode()).isEqualTo(Mode.LEARNER);
    assertThat(voice.mayVote(1, 0)).isFalse();
    assertThat(voice.mayTestify()).isFalse();
    assertThat(voice.mayAnswerReads()).isFalse();
    assertThat(voice.mayReply()).isTrue();
  }

  @Test
  void aMutedReplicaVotesAboveWhatItMayHaveVotedOn() {
    voice.learn();
    voice.mute(1, 2);
    assertThat(voice.mode()).isEqualTo(Mode.MUTED);
    assertThat(voice.incarnation()).isEqualTo(1);
    assertThat(voice.learnUntil()).isEqualTo(2);
    assertThat(voice.mayVote(2, 0)).isFalse();
    assertThat(voice.mayVote(3, 0)).isTrue();
    assertThat(voice.mayTestify()).isFalse();
    deliverUpTo(2);
    assertThat(voice.mode()).isEqualTo(Mode.FULL);
    assertThat(voice.mayTestify()).isTrue();
    assertThat(voice.learnUntil()).isZero();
  }

  /** Trace F1. */
  @Test
  void votesThatReachFurtherThanTheLogSilence() {
    voice.restoreVotes(6, RestartRule.STANDARD);
    assertThat(voice.mode()).isEqualTo(Mode.SILENT);
    assertThat(voice.mayVote(1, 0)).isFalse();
    assertThat(voice.mayTestify()).isFalse();
    deliverUpTo(2);
    assertThat(voice.mayTestify()).isTrue();
    assertThat(voice.mayAnswerReads()).as("it may have acknowledged 6").isFalse();
    deliverUpTo(6);
    assertThat(voice.mayAnswerReads()).isTrue();
  }

  @Test
  void aTentativeReplicaSaysNothing() {
    voice.setTentative(true);
    assertThat(voice.mode()).isEqualTo(Mode.TENTATIVE);
    assertThat(voice.mayVote(1, 0)).isFalse();
    assertThat(voice.mayTestify()).isFalse();
    assertThat(voice.mayReply()).isFalse();
    voice.setTentative(false);
    assertThat(voice.mode()).isEqualTo(Mode.FULL);
  }

  @Test
  void whoIsFarBehindAccusesNobody() {
    facts.status(2, 5, 0);
    assertThat(voice.maySuspect()).as("one may lie").isTrue();
    facts.status(3, 5, 0);
    assertThat(voice.maySuspect()).isFalse();
    deliverUpTo(1);
    assertThat(voice.maySuspect()).isTrue();
  }

  @Test
  void aHaltedReplicaIsSilentForGood() {
    voice.halt("two decisions");
    assertThat(facts.haltedOrNull).isEqualTo("two decisions");
    assertThat(voice.mode()).isEqualTo(Mode.HALTED);
    assertThat(voice.mayVote(1, 0)).isFalse();
    assertThat(voice.maySuspect()).isFalse();
  }

  @Test
  void aLoweredStateHoldsReadsBack() {
    voice.onLowered(3);
    assertThat(voice.mayAnswerReads()).isFalse();
    deliverUpTo(3);
    assertThat(voice.mayAnswerReads()).isTrue();
  }
}
