package dev.lockstep.protocol.replica.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message.Recover;
import dev.lockstep.protocol.message.Message.RecoverReply;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.rules.SelectionRule;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** RULES 27: a replica that lost its votes comes back as somebody else. */
class RecoveryTest {
  private final PartFixture facts = new PartFixture(2);
  private final Recovery recovery =
      new Recovery(
          facts.self,
          facts.genesis,
          facts.views,
          facts.clock,
          facts.out,
          facts.durable,
          facts.log,
          facts.regency,
          facts.voice,
          facts.incarnations,
          facts.certificates,
          facts.claims,
          facts.crypto.signer(facts.self),
          RestartRule.STANDARD,
          new Digest(1, 2, 3, 4),
          PartFixture.PERIOD);

  private Bytes claim(int replica, long incarnation) {
    return facts.claim(replica, incarnation).signature();
  }

  /** What this replica asked for last. */
  private Recover asked() {
    return (Recover) facts.takeSent().get(0);
  }

  private void reply(int from, long nonce, long incarnation, long delivered) {
    reply(from, nonce, incarnation, 0, 0, delivered);
  }

  private void reply(
      int from,
      long nonce,
      long incarnation,
      long own,
      long promised,
      long delivered,
      Claim... acknowledged) {
    Certificate certificate = delivered == 0 ? null : facts.chain.certificate(delivered);
    Bytes signature = incarnation == 0 ? Bytes.EMPTY : claim(2, incarnation);
    recovery.onReply(
        from,
        new RecoverReply(
            nonce,
            incarnation,
            signature,
            own,
            promised,
            delivered,
            certificate,
            List.of(acknowledged)));
  }

  private static RecoverReply answer(
      long nonce, long incarnation, Bytes signature, long delivered, Certificate certificate) {
    return new RecoverReply(nonce, incarnation, signature, 0, 0, delivered, certificate, List.of());
  }

  /** Asks twice, as one that claims its first new incarnation. */
  private Recover claimOne() {
    Recover first = learn();
    for (int from : new int[] {0, 1, 3}) {
      reply(from, first.nonce(), 0, 0);
    }
    Recover second = asked();
    assertThat(second.incarnation()).isEqualTo(1);
    return second;
  }

  private Recover learn() {
    recovery.startLearning();
    recovery.onTime();
    return asked();
  }

  @Test
  void claimsANewIncarnationThatAQuorumKnowsAndIsMuted() {
    Recover first = learn();
    assertThat(first.incarnation()).isZero();
    reply(0, first.nonce(), 0, 0);
    reply(1, first.nonce(), 4, 7);
    assertThat(facts.sent).isEmpty();
    reply(3, first.nonce(), 0, 0);
    Recover second = asked();
    assertThat(second.incarnation()).isEqualTo(5);
    assertThat(second.signature()).isEqualTo(claim(2, 5));
    for (int from : new int[] {0, 1, 3}) {
      reply(from, second.nonce(), 5, 7);
    }
    assertThat(facts.records).hasSize(1);
    Record.Muted muted = (Record.Muted) facts.records.get(0);
    assertThat(muted.incarnation()).isEqualTo(5);
    assertThat(muted.muteUntil()).isEqualTo(7 + 2 * PartFixture.W);
    assertThat(facts.voice.isLearner()).isTrue();
    facts.becomeDurable();
    assertThat(facts.voice.isLearner()).isFalse();
    assertThat(facts.voice.mayTestify()).isFalse();
    facts.deliverUpTo(muted.muteUntil());
    recovery.onDelivered();
    assertThat(facts.voice.mayTestify()).isTrue();
    assertThat(facts.counted).endsWith(Event.RECOVERED);
  }

  @Test
  void believesNoReplyWithoutProof() {
    Recover first = learn();
    Bytes none = Bytes.EMPTY;
    // An incarnation that this replica never claimed, and a delivery without its certificate.
    recovery.onReply(0, answer(first.nonce(), 9, none, 0, null));
    recovery.onReply(1, answer(first.nonce(), 0, none, 7, null));
    recovery.onReply(3, answer(first.nonce(), 0, none, 7, facts.chain.certificate(6)));
    assertThat(facts.counted)
        .containsExactly(
            Event.LEARNER, Event.BAD_CERTIFICATE, Event.BAD_CERTIFICATE, Event.BAD_CERTIFICATE);
    reply(0, first.nonce() + 1, 0, 0);
    reply(1, first.nonce(), 0, 0);
    reply(3, first.nonce(), 0, 0);
    assertThat(facts.sent).isEmpty();
  }

  @Test
  void asksAgainUntilItIsAnswered() {
    learn();
    recovery.onTime();
    assertThat(facts.sent).isEmpty();
    facts.at(recovery.nextDeadline());
    recovery.onTime();
    assertThat(facts.sent).hasSize(3);
  }

  @Test
  void acknowledgesWhenTheClaimIsDurable() {
    recovery.onRecover(3, new Recover(11, 1, claim(3, 1)));
    // Asked again before the disk has it.
    recovery.onRecover(3, new Recover(11, 1, claim(3, 1)));
    assertThat(facts.incarnations.of(3)).isZero();
    assertThat(facts.sent).isEmpty();
    assertThat(facts.records).hasSize(1);
    facts.becomeDurable();
    assertThat(facts.incarnations.of(3)).isEqualTo(1);
    assertThat(facts.takeSent()).containsExactly(answer(11, 1, claim(3, 1), 0, null));
    recovery.onRecover(3, new Recover(12, 0, Bytes.EMPTY));
    assertThat(facts.takeSent()).containsExactly(answer(12, 1, claim(3, 1), 0, null));
  }

  /** Each claim is a sync of the disk, whatever the mode of durability. */
  @Test
  void whoClaimsAgainAndAgainIsNotHeard() {
    for (int i = 1; i <= 100; i++) {
      recovery.onRecover(3, new Recover(11, i, claim(3, i)));
    }
    assertThat(facts.records).hasSize(ClaimBudget.BURST);
    assertThat(facts.counted).hasSize(100 - ClaimBudget.BURST).containsOnly(Event.OVER_BUDGET);
    // Others are, and the same one later.
    recovery.onRecover(0, new Recover(11, 1, claim(0, 1)));
    facts.at(facts.clock.now() + 10 * PartFixture.PERIOD);
    recovery.onRecover(3, new Recover(11, 101, claim(3, 101)));
    recovery.onRecover(3, new Recover(11, 102, claim(3, 102)));
    assertThat(facts.records).hasSize(ClaimBudget.BURST + 2);
  }

  /** Below its promise the answerer votes no more; a SYNC of it may use old words of the asker. */
  @Test
  void namesItsPromiseAndAllThatItAcknowledged() {
    facts.incarnations.acknowledge(facts.claim(0, 4));
    facts.incarnations.acknowledge(facts.claim(3, 1));
    facts.regency.install(6);
    recovery.onRecover(3, new Recover(12, 1, claim(3, 1)));
    RecoverReply reply = (RecoverReply) facts.takeSent().get(0);
    assertThat(reply.promised()).isEqualTo(6);
    assertThat(reply.acknowledged()).containsExactly(facts.claim(0, 4));
  }

  @Test
  void countsAnAnswerOnlyOnceItHasTheSyncOfTheRegencyThatItNames() {
    Recover asked = claimOne();
    reply(0, asked.nonce(), 1, 0);
    reply(1, asked.nonce(), 1, 0);
    reply(3, asked.nonce(), 1, 0, 2, 0);
    assertThat(facts.records).isEmpty();
    facts.regency.install(2);
    reply(3, asked.nonce(), 1, 0, 2, 0);
    assertThat(facts.records).isEmpty();
    facts.regency.sync(new SelectionRule.Outcome(0, 0, new TreeMap<>()));
    reply(3, asked.nonce(), 1, 0, 2, 0);
    assertThat(facts.records).hasSize(1);
  }

  /** F24: what it acknowledged in an earlier life. */
  @Test
  void takesOverWhatTheOthersAcknowledged() {
    Recover asked = claimOne();
    reply(0, asked.nonce(), 1, 0, 0, 0, facts.claim(1, 1));
    reply(1, asked.nonce(), 1, 1, 0, 0);
    reply(3, asked.nonce(), 1, 0, 0, 0, facts.claim(1, 1));
    assertThat(facts.records)
        .containsExactly(
            new Record.Incarnation(1, 1, claim(1, 1)), new Record.Muted(1, 2 * PartFixture.W));
    facts.becomeDurable();
    assertThat(facts.incarnations.acknowledgedBut(2)).containsExactly(facts.claim(1, 1));
  }

  @Test
  void anAnswerFromALifeThatIsOverDoesNotCount() {
    Recover asked = claimOne();
    reply(1, asked.nonce(), 1, 0, 0, 0);
    reply(0, asked.nonce(), 1, 0, 0, 0, facts.claim(1, 1));
    reply(3, asked.nonce(), 1, 0, 0, 0);
    assertThat(facts.records).isEmpty();
    reply(1, asked.nonce(), 1, 1, 0, 0);
    assertThat(facts.records).hasSize(2);
  }

  @Test
  void whatOthersAcknowledgedNeedsTheSignatureOfWhoLostItsVotes() {
    Recover asked = claimOne();
    reply(0, asked.nonce(), 1, 0, 0, 0, new Claim(1, 1, claim(3, 1)));
    assertThat(facts.counted).endsWith(Event.BAD_CERTIFICATE);
  }

  @Test
  void nobodyClaimsForAnother() {
    recovery.onRecover(3, new Recover(11, 1, claim(1, 1)));
    recovery.onRecover(3, new Recover(11, Long.MAX_VALUE, claim(3, Long.MAX_VALUE)));
    assertThat(facts.counted).containsExactly(Event.BAD_SIGNATURE, Event.BAD_SIGNATURE);
    assertThat(facts.incarnations.of(3)).isZero();
    assertThat(facts.sent).isEmpty();
  }

  /** It does not know what it acknowledged before. */
  @Test
  void aLearnerAnswersNobody() {
    learn();
    recovery.onRecover(3, new Recover(11, 0, Bytes.EMPTY));
    assertThat(facts.sent).isEmpty();
  }
}
