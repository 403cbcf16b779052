package dev.lockstep.protocol.state;

import static dev.lockstep.protocol.state.Script.ALICE;
import static dev.lockstep.protocol.state.Script.BOB;
import static dev.lockstep.protocol.state.Script.SECOND;
import static dev.lockstep.protocol.state.Script.VIEW;
import static dev.lockstep.protocol.state.Script.bytes;
import static dev.lockstep.protocol.state.Script.limits;
import static dev.lockstep.protocol.state.Script.open;
import static dev.lockstep.protocol.state.Script.ordered;
import static dev.lockstep.protocol.state.Script.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.ServiceResult;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplyCacheTest {
  private static final int COST = ReplyCache.OVERHEAD_BYTES;

  private final Script script = new Script();
  private final ReplyCache cache = script.cache;

  private static Bytes opened(long session, long closedLastExecuted) {
    return new Bytes(new Encoder().i64(session).i64(closedLastExecuted).i32(0).toByteArray());
  }

  @Test
  void answersNameTheRequestItsResultTheViewAndTheInstance() {
    long s = script.session(ALICE, 1);
    Request one = ordered(ALICE, s, 1, "x");

    script.batch(one);

    Message.Reply expected =
        new Message.Reply(
            VIEW,
            s,
            1,
            one.digest(),
            Outcome.EXECUTED,
            ResultDigest.of(Outcome.EXECUTED, bytes("x")),
            bytes("x"),
            2);
    assertThat(script.answers).containsExactly(new Answer(ALICE, expected));
    assertThat(cache.answer(VIEW, one)).isEqualTo(expected);
  }

  /**
   * The reply names the view in which the replica answers now, and the instance of the execution.
   */
  @Test
  void aRetransmissionIsAnsweredInTheViewOfTheAnswer() {
    long s = script.session(ALICE, 1);
    Request one = ordered(ALICE, s, 1, "x");
    script.batch(one);
    script.batch();

    assertThat(cache.answer(VIEW + 1, one).view()).isEqualTo(VIEW + 1);
    assertThat(cache.answer(VIEW + 1, one).instance()).isEqualTo(2);
  }

  @Test
  void everythingButOutOfTurnIsAnswered() {
    long s = script.session(ALICE, 1);
    Request one = ordered(ALICE, s, 1, "x");

    script.batch(
        one,
        one,
        ordered(ALICE, s, 1, "y"),
        ordered(ALICE, s, 3),
        ordered(BOB, s, 1),
        request(Request.Kind.OPEN, BOB, 0, 0, bytes("?")));

    assertThat(script.answers)
        .extracting(answer -> answer.reply().outcome())
        .containsExactly(
            Outcome.EXECUTED, Outcome.EXECUTED, Outcome.CONFLICT, Outcome.EXPIRED, Outcome.REFUSED);
    assertThat(script.answers.get(1)).isEqualTo(script.answers.get(0));
    assertThat(script.answers.get(3).client()).isEqualTo(BOB);
    assertThat(script.reply().resultDigest())
        .isEqualTo(ResultDigest.of(Outcome.REFUSED, Bytes.EMPTY));
  }

  @Test
  void directAnswers() {
    long s = script.session(ALICE, 1);
    Request one = ordered(ALICE, s, 1, "x");
    assertThat(cache.answer(VIEW, one)).isNull();
    script.batch(one);

    assertThat(cache.answer(VIEW, one).outcome()).isEqualTo(Outcome.EXECUTED);
    assertThat(cache.answer(VIEW, ordered(ALICE, s, 1, "y")).outcome()).isEqualTo(Outcome.CONFLICT);
    assertThat(cache.answer(VIEW, ordered(ALICE, s, 2))).isNull();
    // These must be ordered to be answered.
    assertThat(cache.answer(VIEW, script.open(BOB, 1))).isNull();
    assertThat(cache.answer(VIEW, ordered(ALICE, 1L << 40, 1))).isNull();
    // No session of these ids will ever be this client's.
    assertThat(cache.answer(VIEW, ordered(BOB, s, 1)).outcome()).isEqualTo(Outcome.EXPIRED);
    assertThat(cache.answer(VIEW, ordered(ALICE, s + 1, 1)).outcome()).isEqualTo(Outcome.EXPIRED);
    // These have the same answer whatever the state, and at once.
    assertThat(cache.answer(VIEW, ordered(ALICE, s, 0)).outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(cache.answer(VIEW, open(BOB, 1, script.now - 1, 0)).outcome())
        .isEqualTo(Outcome.EXPIRED);
  }

  @Test
  void executionMayTrailDelivery() {
    Request open = script.open(ALICE, 1);
    Effects first = script.deliver(script.now + 1, open);
    long s = first.effects().get(0).session();
    Request one = ordered(ALICE, s, 1, "x");
    Effects second = script.deliver(script.now + 2, one);
    Effects third = script.deliver(script.now + 3, open(ALICE, 2, script.now + SECOND, s));

    assertThat(script.sessions.standing(open)).isEqualTo(Standing.DELIVERED);
    assertThat(cache.answer(VIEW, open)).isNull();
    script.execute(first);
    assertThat(cache.answer(VIEW, open).result()).isEqualTo(opened(s, -1));
    assertThat(cache.answer(VIEW, one)).isNull();
    script.execute(second);
    assertThat(cache.answer(VIEW, one).result()).isEqualTo(bytes("x"));
    script.execute(third);
    assertThat(cache.answer(VIEW, one).outcome()).isEqualTo(Outcome.EXPIRED);
  }

  // ---- what is held -------------------------------------------------------------------------

  /** F13: the reply was lost, then evicted, then asked for again. */
  @Test
  void theOldestRepliesGoFirstAndAreForgotten() {
    Script small = new Script(limits(4, 3, 6, 2 * COST + 20));
    long a = small.session(ALICE, 1);
    long b = small.session(BOB, 1);
    Request first = ordered(ALICE, a, 1, "0123456789");
    Request second = ordered(BOB, b, 1, "0123456789");
    small.batch(first, second);
    assertThat(small.cache.heldBytes()).isEqualTo(2 * COST + 20);
    assertThat(small.cache.answer(VIEW, first).outcome()).isEqualTo(Outcome.EXECUTED);

    Request third = ordered(BOB, b, 2, "0");
    small.batch(third);

    assertThat(small.cache.answer(VIEW, first).outcome()).isEqualTo(Outcome.FORGOTTEN);
    assertThat(small.cache.answer(VIEW, first).result()).isEqualTo(Bytes.EMPTY);
    assertThat(small.cache.answer(VIEW, ordered(ALICE, a, 1, "other")).outcome())
        .isEqualTo(Outcome.CONFLICT);
    assertThat(small.cache.answer(VIEW, second).outcome()).isEqualTo(Outcome.EXECUTED);
    assertThat(small.cache.answer(VIEW, third).outcome()).isEqualTo(Outcome.EXECUTED);
    assertThat(small.cache.heldBytes()).isEqualTo(2 * COST + 11);

    small.batch(first);
    assertThat(small.reply().outcome()).isEqualTo(Outcome.FORGOTTEN);
    assertThat(small.reply().requestDigest()).isEqualTo(first.digest());
  }

  @Test
  void aReplyTooLargeToBeHeldIsStillGivenOnce() {
    Script small = new Script(limits(4, 3, 6, COST + 5));
    long s = small.session(ALICE, 1);
    Request large = ordered(ALICE, s, 1, "0123456789");

    small.batch(large);

    assertThat(small.reply().result()).isEqualTo(bytes("0123456789"));
    assertThat(small.cache.answer(VIEW, large).outcome()).isEqualTo(Outcome.FORGOTTEN);
    assertThat(small.cache.heldBytes()).isZero();
  }

  @Test
  void repliesBeyondTheWindowGoAtOnce() {
    long s = script.session(ALICE, 1);
    for (int sequence = 1; sequence <= 9; sequence++) {
      script.batch(ordered(ALICE, s, sequence, "x"));
    }

    assertThat(cache.heldBytes()).isEqualTo(4 * (COST + 1));
    assertThat(cache.answer(VIEW, ordered(ALICE, s, 5, "x")).outcome())
        .isEqualTo(Outcome.FORGOTTEN);
    for (int sequence = 6; sequence <= 9; sequence++) {
      assertThat(cache.answer(VIEW, ordered(ALICE, s, sequence, "x")).instance())
          .isEqualTo(sequence + 1);
    }
  }

  @Test
  void anExpiredSessionTakesItsRepliesWithIt() {
    long s = script.session(ALICE, 1);
    script.batch(ordered(ALICE, s, 1));
    for (int i = 0; i < 11; i++) {
      script.batchAfter(SECOND);
    }

    assertThat(cache.heldBytes()).isZero();
    assertThat(cache.answer(VIEW, ordered(ALICE, s, 1)).outcome()).isEqualTo(Outcome.EXPIRED);
  }

  // ---- OPEN ---------------------------------------------------------------------------------

  /** F12. */
  @Test
  void anOpenIsAnsweredTheSameUntilItsDeadline() {
    Request open = open(ALICE, 1, script.now + 5 * SECOND, 0);
    long s = script.batch(open).effects().get(0).session();
    Answer first = script.answers.get(0);
    assertThat(first.reply().session()).isZero();
    assertThat(first.reply().result()).isEqualTo(opened(s, -1));
    assertThat(first.reply().outcome()).isEqualTo(Outcome.OPENED);
    assertThat(first.reply().resultDigest())
        .isEqualTo(ResultDigest.of(Outcome.OPENED, opened(s, -1)));

    script.batchAfter(SECOND, open);
    assertThat(script.answers).containsExactly(first);
    assertThat(cache.answer(VIEW, open)).isEqualTo(first.reply());

    script.batchAfter(5 * SECOND, open);
    assertThat(script.reply().outcome()).isEqualTo(Outcome.EXPIRED);
    assertThat(cache.answer(VIEW, open).outcome()).isEqualTo(Outcome.EXPIRED);
  }

  @Test
  void anotherOpenWithTheSameNonceGetsTheSameResultUnderItsOwnDigest() {
    long s = script.session(ALICE, 1);
    Request other = open(ALICE, 1, script.now + 40 * SECOND, 0);

    script.batch(other);

    assertThat(script.reply().result()).isEqualTo(opened(s, -1));
    assertThat(script.reply().requestDigest()).isEqualTo(other.digest());
    assertThat(script.reply().instance()).isEqualTo(1);
    script.batchAfter(35 * SECOND); // the first deadline is past, the second not
    assertThat(cache.answer(VIEW, other).outcome()).isEqualTo(Outcome.OPENED);
  }

  @Test
  void closingReturnsWhatWasHeld() {
    long old = script.session(ALICE, 1);
    Request one = ordered(ALICE, old, 1, "x");
    Request two = ordered(ALICE, old, 2, "yy");
    Request closing = open(ALICE, 2, script.now + 5 * SECOND, old);

    // The last one comes from before the closing in the same batch, and the duplicate is answered.
    script.batch(one, two, one, closing, ordered(ALICE, old, 3), two);

    long s = script.effects.effects().get(3).session();
    Bytes result =
        new Bytes(
            new Encoder()
                .i64(s)
                .i64(2)
                .i32(2)
                .i64(1)
                .digest(one.digest())
                .u8(Outcome.EXECUTED.ordinal())
                .bytes(bytes("x"))
                .i64(2)
                .digest(two.digest())
                .u8(Outcome.EXECUTED.ordinal())
                .bytes(bytes("yy"))
                .toByteArray());
    assertThat(script.answers)
        .extracting(answer -> answer.reply().outcome())
        .containsExactly(
            Outcome.EXECUTED,
            Outcome.EXECUTED,
            Outcome.EXECUTED,
            Outcome.OPENED,
            Outcome.EXPIRED,
            Outcome.EXPIRED);
    Message.Reply reply = script.answers.get(3).reply();
    assertThat(reply.result()).isEqualTo(result);
    assertThat(cache.heldBytes()).isEqualTo(COST + result.length());
    assertThat(cache.answer(VIEW, one).outcome()).isEqualTo(Outcome.EXPIRED);

    script.batch(closing);
    assertThat(script.reply()).isEqualTo(reply);

    script.batchAfter(6 * SECOND);
    assertThat(cache.heldBytes()).isZero();
  }

  /** What closing returned counts against the same bound, and is forgotten like any reply. */
  @Test
  void theRepliesInAnOpenAreEvictedToo() {
    Script small = new Script(limits(4, 3, 6, 3 * COST));
    long old = small.session(ALICE, 1);
    small.batch(ordered(ALICE, old, 1, "x"));
    Request closing = open(ALICE, 2, small.now + 5 * SECOND, old);
    long s = small.batch(closing).effects().get(0).session();
    assertThat(small.reply().result().length()).isGreaterThan(20);

    small.batch(ordered(ALICE, s, 1, ""), ordered(ALICE, s, 2, ""));

    assertThat(small.cache.answer(VIEW, closing).result()).isEqualTo(opened(s, 1));
    assertThat(small.cache.heldBytes()).isEqualTo(2 * COST);
  }

  /** The closed session's replies make room for the OPEN's, so nobody else's are driven out. */
  @Test
  void closingDoesNotEvictTheRepliesOfOthers() {
    Script small = new Script(limits(4, 3, 6, 2 * COST + 100));
    long other = small.session(BOB, 1);
    long old = small.session(ALICE, 1);
    Request held = ordered(BOB, other, 1, "x");
    small.batch(held, ordered(ALICE, old, 1, "x"));

    small.batch(open(ALICE, 2, small.now + SECOND, old));

    assertThat(small.cache.answer(VIEW, held).outcome()).isEqualTo(Outcome.EXECUTED);
  }

  @Test
  void anEmptyResultIsNotMistakenForAnotherOutcome() {
    assertThat(ResultDigest.of(Outcome.EXECUTED, Bytes.EMPTY))
        .isNotEqualTo(ResultDigest.of(Outcome.EXPIRED, Bytes.EMPTY));
  }

  // ---- state --------------------------------------------------------------------------------

  @Test
  void theHashCoversResultsAndWhatIsHeld() {
    Script other = new Script();
    long s = script.session(ALICE, 1);
    other.session(ALICE, 1);
    script.deliver(script.now, ordered(ALICE, s, 1));
    other.deliver(script.now, ordered(ALICE, s, 1));
    assertThat(cache.hash()).isEqualTo(other.cache.hash());

    cache.executed(VIEW, script.effects, List.of(ServiceResult.of(bytes("a"))));
    other.cache.executed(VIEW, other.effects, List.of(ServiceResult.of(bytes("b"))));

    assertThat(cache.hash()).isNotEqualTo(other.cache.hash());
  }

  @Test
  void wantsEveryInstanceAndEveryResult() {
    script.batch();
    Effects effects = script.effects;
    assertThatThrownBy(() -> cache.executed(VIEW, effects, List.of()))
        .isInstanceOf(IllegalStateException.class);
    Effects next = script.deliver(script.now + 1);
    assertThatThrownBy(() -> cache.executed(VIEW, next, List.of(ServiceResult.EMPTY)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
