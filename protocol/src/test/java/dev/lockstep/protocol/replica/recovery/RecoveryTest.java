package dev.lockstep.protocol.replica.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message.Recover;
import dev.lockstep.protocol.message.Message.RecoverReply;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.rules.RestartRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RULES 27: a replica that lost its votes comes back as somebody else. */
class RecoveryTest {
  private final PartFixture facts = new PartFixture(2);
  private final List<Integer> forgotten = new ArrayList<>();
  private final Recovery recovery =
      new Recovery(
          facts.self,
          facts.genesis,
          facts.views,
          facts.clock,
          facts.out,
          facts.durable,
          facts.log,
          facts.voice,
          facts.incarnations,
          facts.certificates,
          facts.crypto.signer(facts.self),
          facts.crypto,
          RestartRule.STANDARD,
          new Digest(1, 2, 3, 4),
          PartFixture.PERIOD,
          forgotten::add);

  private Bytes claim(int replica, long incarnation) {
    return facts
        .crypto
        .signer(replica)
        .sign(Statements.incarnation(facts.genesis.cluster(), replica, incarnation));
  }

  /** What this replica asked for last. */
  private Recover asked() {
    return (Recover) facts.takeSent().get(0);
  }

  private void reply(int from, long nonce, long incarnation, long delivered) {
    Certificate certificate = delivered == 0 ? null : facts.chain.certificate(delivered);
    Bytes signature = incarnation == 0 ? Bytes.EMPTY : claim(2, incarnation);
    recovery.onReply(from, new RecoverReply(nonce, incarnation, signature, delivered, certificate));
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
    recovery.onReply(0, new RecoverReply(first.nonce(), 9, none, 0, null));
    recovery.onReply(1, new RecoverReply(first.nonce(), 0, none, 7, null));
    recovery.onReply(3, new RecoverReply(first.nonce(), 0, none, 7, facts.chain.certificate(6)));
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
    assertThat(facts.incarnations.of(3)).isEqualTo(1);
    assertThat(forgotten).containsExactly(3);
    assertThat(facts.sent).isEmpty();
    facts.becomeDurable();
    assertThat(facts.takeSent()).containsExactly(new RecoverReply(11, 1, claim(3, 1), 0, null));
    recovery.onRecover(3, new Recover(12, 0, Bytes.EMPTY));
    assertThat(facts.takeSent()).containsExactly(new RecoverReply(12, 1, claim(3, 1), 0, null));
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
