package dev.lockstep.protocol.state;

import static dev.lockstep.protocol.state.Script.ALICE;
import static dev.lockstep.protocol.state.Script.BOB;
import static dev.lockstep.protocol.state.Script.SECOND;
import static dev.lockstep.protocol.state.Script.START;
import static dev.lockstep.protocol.state.Script.bytes;
import static dev.lockstep.protocol.state.Script.limits;
import static dev.lockstep.protocol.state.Script.open;
import static dev.lockstep.protocol.state.Script.ordered;
import static dev.lockstep.protocol.state.Script.request;
import static dev.lockstep.protocol.state.Script.verdicts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.view.View;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionsTest {
  private final Script script = new Script();
  private final Sessions sessions = script.sessions;

  // ---- sequences ----------------------------------------------------------------------------

  @Test
  void executesInOrderOneByOne() {
    long s = script.session(ALICE, 1);

    script.batch(ordered(ALICE, s, 1), ordered(ALICE, s, 2));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXECUTE, Verdict.EXECUTE);
    assertThat(script.effects.effects().get(1).index()).isEqualTo(1);
    assertThat(script.effects.effects().get(1).session()).isEqualTo(s);
    assertThat(sessions.lastExecuted(s)).isEqualTo(2);
  }

  /** F8, F9: a request whose turn has not come leaves no mark, and runs when its turn comes. */
  @Test
  void outOfTurnIsNotMarkedAndRunsLater() {
    long s = script.session(ALICE, 1);
    Request second = ordered(ALICE, s, 2);

    script.batch(second);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.OUT_OF_TURN);
    assertThat(sessions.lastExecuted(s)).isZero();
    assertThat(sessions.standing(second)).isEqualTo(Standing.LATER);

    script.batch(second, ordered(ALICE, s, 1), second);
    assertThat(verdicts(script.effects))
        .containsExactly(Verdict.OUT_OF_TURN, Verdict.EXECUTE, Verdict.EXECUTE);
  }

  /** F8: two variants of one sequence. */
  @Test
  void tellsADuplicateFromAConflict() {
    long s = script.session(ALICE, 1);
    Request one = ordered(ALICE, s, 1, "x");
    Request other = ordered(ALICE, s, 1, "y");

    script.batch(one, one, other);

    assertThat(verdicts(script.effects))
        .containsExactly(Verdict.EXECUTE, Verdict.DUPLICATE, Verdict.CONFLICT);
    assertThat(sessions.standing(one)).isEqualTo(Standing.DELIVERED);
    assertThat(sessions.standing(other)).isEqualTo(Standing.SUPERSEDED);
    assertThat(sessions.standing(other.reference())).isEqualTo(Standing.SUPERSEDED);
  }

  @Test
  void remembersTheDigestsOfTheWindowOnly() {
    long s = script.session(ALICE, 1);
    for (int sequence = 1; sequence <= 5; sequence++) {
      script.batch(ordered(ALICE, s, sequence));
    }

    script.batch(ordered(ALICE, s, 1, "other"), ordered(ALICE, s, 2, "other"));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.DUPLICATE, Verdict.CONFLICT);
  }

  @Test
  void aSessionBelongsToItsIdentity() {
    long s = script.session(ALICE, 1);
    Request foreign = ordered(BOB, s, 1);

    assertThat(sessions.standing(foreign)).isEqualTo(Standing.VOID);
    script.batch(foreign, ordered(ALICE, s, 1));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXPIRED, Verdict.EXECUTE);
  }

  @Test
  void standings() {
    long s = script.session(ALICE, 1);

    assertThat(sessions.standing(ordered(ALICE, s, 1))).isEqualTo(Standing.NEXT);
    assertThat(sessions.standing(ordered(ALICE, s, 2))).isEqualTo(Standing.LATER);
    assertThat(sessions.standing(ordered(ALICE, s, 0))).isEqualTo(Standing.VOID);
    // Session ids of instances that are delivered, and of one that is not yet.
    assertThat(sessions.standing(ordered(ALICE, s + 1, 1))).isEqualTo(Standing.VOID);
    assertThat(sessions.standing(ordered(ALICE, -1, 1))).isEqualTo(Standing.VOID);
    long undelivered = SessionId.of(sessions.lastInstance() + 1, 0);
    assertThat(sessions.standing(ordered(ALICE, undelivered, 1))).isEqualTo(Standing.LATER);
    script.batch();
    assertThat(sessions.standing(ordered(ALICE, undelivered, 1))).isEqualTo(Standing.VOID);
  }

  @Test
  void unknownSessionsAreAnsweredInOrder() {
    long future = SessionId.of(1000, 0);

    script.batch(ordered(ALICE, future, 1), ordered(ALICE, -5, 1));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXPIRED, Verdict.EXPIRED);
    assertThat(sessions.lastExecuted(future)).isEqualTo(-1);
  }

  @Test
  void refusesWhatContradictsItself() {
    long s = script.session(ALICE, 1);
    OpenSession open = new OpenSession(5, script.now + SECOND, 0);
    Request[] malformed = {
      request(Request.Kind.ORDERED, ALICE, 0, 0, open.encode()),
      request(Request.Kind.ORDERED, ALICE, s, 0, bytes("x")),
      request(Request.Kind.OPEN, ALICE, s, 1, open.encode()),
      request(Request.Kind.OPEN, ALICE, 0, 1, open.encode()),
      request(Request.Kind.OPEN, ALICE, 0, 0, bytes("no open")),
      request(Request.Kind.UNORDERED, ALICE, s, 1, bytes("x"))
    };

    script.batch(malformed);

    assertThat(verdicts(script.effects)).hasSize(6).containsOnly(Verdict.REFUSED);
    for (Request request : malformed) {
      assertThat(sessions.standing(request)).isEqualTo(Standing.VOID);
    }
    assertThat(sessions.lastExecuted(s)).isZero();
  }

  /** A leader that lends the body of one client to the session of another. */
  @Test
  void refusesAReferenceThatContradictsItsBody() {
    long s = script.session(ALICE, 1);
    Request body = ordered(BOB, s, 1);
    Reference lie = new Reference(ALICE, s, 1, body.digest());

    script.deliver(script.now, List.of(lie), digest -> body);

    assertThat(verdicts(script.effects)).containsExactly(Verdict.REFUSED);
    assertThat(sessions.lastExecuted(s)).isZero();
  }

  // ---- OPEN ---------------------------------------------------------------------------------

  @Test
  void theIdOfASessionIsThePositionOfItsOpen() {
    script.batch();
    script.batch(script.open(ALICE, 1), script.open(BOB, 1));

    assertThat(script.effects.effects().get(0).session()).isEqualTo(SessionId.of(2, 0));
    assertThat(script.effects.effects().get(1).session()).isEqualTo(2 << 16 | 1);
    assertThat(SessionId.instance(SessionId.of(2, 65535))).isEqualTo(2);
    assertThatThrownBy(() -> SessionId.of(2, 65536)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SessionId.of(0, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  /** F12: replayed in a later instance, and twice in one batch. */
  @Test
  void anOpenReplayedOrBoundTwiceGivesTheSameSession() {
    Request open = script.open(ALICE, 1);
    assertThat(sessions.standing(open)).isEqualTo(Standing.NEXT);
    script.batch(open, open);
    long s = script.effects.effects().get(0).session();
    assertThat(script.effects.effects().get(1).session()).isEqualTo(s);
    assertThat(sessions.standing(open)).isEqualTo(Standing.DELIVERED);

    script.batch(ordered(ALICE, s, 1));
    script.batch(open);

    assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED);
    assertThat(script.effects.effects().get(0).session()).isEqualTo(s);
    assertThat(sessions.lastExecuted(s)).isEqualTo(1);
  }

  /** F12: at its deadline an OPEN still has its effect, after it never again. */
  @Test
  void anOpenIsExpiredAfterItsDeadline() {
    long deadline = script.now + 5 * SECOND;
    Request first = open(ALICE, 1, deadline, 0);
    Request late = open(ALICE, 2, deadline, 0);
    long s = script.batch(first).effects().get(0).session();

    script.proposed(deadline, first);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED);
    assertThat(script.effects.effects().get(0).session()).isEqualTo(s);
    assertThat(sessions.standing(late)).isEqualTo(Standing.NEXT);

    script.proposed(deadline + 1, first, late);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXPIRED, Verdict.EXPIRED);
    assertThat(script.effects.effects().get(0).session()).isZero();
    assertThat(sessions.standing(first)).isEqualTo(Standing.VOID);
    assertThat(sessions.standing(late)).isEqualTo(Standing.VOID);
    assertThat(sessions.lastExecuted(s)).isZero();
  }

  @Test
  void refusesADeadlineBeyondTheBound() {
    long t = script.now + 1000;
    script.batch(open(ALICE, 1, t + 60 * SECOND + 1, 0), open(ALICE, 2, t + 60 * SECOND, 0));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.REFUSED, Verdict.OPENED);

    script.batch(
        open(ALICE, 2, Long.MAX_VALUE, 0),
        open(ALICE, 3, Long.MAX_VALUE, 0),
        open(ALICE, 4, Long.MIN_VALUE, 0));
    assertThat(verdicts(script.effects))
        .containsExactly(Verdict.REFUSED, Verdict.REFUSED, Verdict.EXPIRED);
  }

  /** Else the replay of the second would open another session once the first is forgotten. */
  @Test
  void aNonceSentAgainWithALaterDeadlineIsRememberedUntilThen() {
    long first = script.now + 2 * SECOND;
    long second = script.now + 4 * SECOND;
    long s = script.batch(open(ALICE, 1, first, 0)).effects().get(0).session();
    Request again = open(ALICE, 1, second, 0);
    script.batch(again);
    script.batch(open(ALICE, 1, first, 0)); // must not shorten it

    script.proposed(first + 1, again);
    assertThat(script.effects.effects().get(0).session()).isEqualTo(s);
    assertThat(sessions.standing(again)).isEqualTo(Standing.DELIVERED);
  }

  @Test
  void closingEndsTheOlderSessionOfTheSameIdentityOnce() {
    long old = script.session(ALICE, 1);
    long foreign = script.session(BOB, 1);
    script.batch(ordered(ALICE, old, 1));
    Request closing = open(ALICE, 2, script.now + SECOND, old);

    script.batch(closing, ordered(ALICE, old, 2));

    Effects.Effect opened = script.effects.effects().get(0);
    assertThat(opened.closed()).isEqualTo(old);
    assertThat(opened.closedLastExecuted()).isEqualTo(1);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED, Verdict.EXPIRED);
    assertThat(script.effects.ended()).containsExactly(old);
    assertThat(sessions.standing(ordered(ALICE, old, 2))).isEqualTo(Standing.VOID);

    script.batch(closing, open(ALICE, 3, script.now + SECOND, foreign));
    assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED, Verdict.OPENED);
    for (Effects.Effect effect : script.effects.effects()) {
      assertThat(effect.closed()).isZero();
      assertThat(effect.closedLastExecuted()).isEqualTo(-1);
    }
    assertThat(script.effects.ended()).isEmpty();
    assertThat(sessions.lastExecuted(foreign)).isZero();
  }

  /** A known nonce never closes, whatever the second OPEN says. */
  @Test
  void aKnownNonceClosesNothing() {
    long old = script.session(ALICE, 1);
    long s = script.session(ALICE, 2);

    script.batch(open(ALICE, 2, script.now + SECOND, old));

    assertThat(script.effects.effects().get(0).session()).isEqualTo(s);
    assertThat(script.effects.effects().get(0).closed()).isZero();
    assertThat(sessions.lastExecuted(old)).isZero();
  }

  @Test
  void aKnownNonceOfAnEndedSessionDoesNotReviveIt() {
    Request open = script.open(ALICE, 1);
    long old = script.batch(open).effects().get(0).session();
    script.batch(open(ALICE, 2, script.now + SECOND, old));

    script.batch(open, ordered(ALICE, old, 1));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED, Verdict.EXPIRED);
    assertThat(script.effects.effects().get(0).session()).isEqualTo(old);
  }

  // ---- bounds -------------------------------------------------------------------------------

  @Test
  void refusesMoreSessionsThanTheIdentityMayHaveAndEvictsNone() {
    long first = script.session(ALICE, 1);
    script.session(ALICE, 2);
    script.session(ALICE, 3);

    script.batch(script.open(ALICE, 4), script.open(BOB, 4));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.REFUSED, Verdict.OPENED);
    assertThat(script.effects.effects().get(0).session()).isZero();
    assertThat(sessions.lastExecuted(first)).isZero();
  }

  @Test
  void refusesMoreSessionsThanTheGroupMayHave() {
    for (int client = 10; client < 16; client++) {
      script.batch(open(new ClientId(0, client), 1, script.now + 1000, 0));
    }
    script.batch(); // past the deadlines: only live sessions count

    script.batch(script.open(ALICE, 1));

    assertThat(verdicts(script.effects)).containsExactly(Verdict.REFUSED);
  }

  @Test
  void refusesMoreOpensThanTheGroupRemembers() {
    Script small = new Script(limits(4, 3, 4, 1000));
    long a = small.session(ALICE, 1);
    small.batch(open(ALICE, 2, small.now + SECOND, a));
    long b = small.session(BOB, 1);
    b = small.batch(open(BOB, 2, small.now + SECOND, b)).effects().get(0).session();

    small.batch(open(BOB, 3, small.now + SECOND, b));

    assertThat(verdicts(small.effects)).containsExactly(Verdict.REFUSED);
  }

  /** Expired and closed sessions leave no trace in what is counted for their identity. */
  @Test
  void endedSessionsDoNotCount() {
    for (int round = 0; round < 5; round++) {
      long s = script.batch(open(ALICE, 1, script.now + 1000, 0)).effects().get(0).session();
      script.batch(open(ALICE, 2, script.now + 1000, s));
      assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED);
      for (int i = 0; i < 11; i++) {
        script.batchAfter(SECOND);
      }
    }
    for (int nonce = 1; nonce <= 3; nonce++) {
      script.batch(script.open(ALICE, nonce));
      assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED);
    }
  }

  @Test
  void aClosedSessionMakesRoomForItsSuccessorAndARefusedOpenClosesNothing() {
    // Deadlines that pass at once: only live sessions count.
    long[] ids = new long[3];
    for (int i = 0; i < 3; i++) {
      ids[i] = script.batch(open(ALICE, i, script.now + 1000, 0)).effects().get(0).session();
    }
    script.batch();

    script.batch(
        open(ALICE, 8, script.now + SECOND, 0), open(ALICE, 9, script.now + SECOND, ids[1]));
    assertThat(verdicts(script.effects)).containsExactly(Verdict.REFUSED, Verdict.OPENED);

    script.batch(open(ALICE, 10, Long.MAX_VALUE, ids[2]));
    assertThat(verdicts(script.effects)).containsExactly(Verdict.REFUSED);
    assertThat(sessions.lastExecuted(ids[2])).isZero();
  }

  /** Memory for OPENs is bounded too, however often a client replaces its session. */
  @Test
  void refusesMoreOpensThanAreRemembered() {
    long deadline = script.now + 5 * SECOND;
    long s = 0;
    for (int i = 0; i < 3; i++) {
      s = script.batch(open(ALICE, i, deadline, s)).effects().get(0).session();
    }
    script.batch(open(ALICE, 3, deadline, s));
    assertThat(verdicts(script.effects)).containsExactly(Verdict.REFUSED);
    assertThat(sessions.lastExecuted(s)).isZero();

    script.proposed(deadline + 1, open(ALICE, 3, deadline + SECOND, s));
    assertThat(verdicts(script.effects)).containsExactly(Verdict.OPENED);
  }

  @Test
  void refusesLimitsForWhichSessionIdsHaveNoRoom() {
    View.Limits limits =
        new View.Limits(65537, 1, 1, 1, 1, 1, 1, 1, 1, 1, View.RequestAuthentication.SIGNED);
    assertThatThrownBy(() -> new Sessions(limits, DeliveryRule.STANDARD))
        .hasMessageContaining("65537");
  }

  // ---- time ---------------------------------------------------------------------------------

  @Test
  void orderedTimeStrictlyIncreases() {
    script.proposed(START);
    assertThat(sessions.timeMicros()).isEqualTo(START);
    script.proposed(0); // NOOP
    assertThat(sessions.timeMicros()).isEqualTo(START + 1);
    script.proposed(START + 1);
    assertThat(script.effects.timeMicros()).isEqualTo(START + 2);
    assertThat(script.effects.instance()).isEqualTo(3);
  }

  @Test
  void idleSessionsExpireLongestIdleFirst() {
    long a = script.session(ALICE, 1);
    long b = script.session(ALICE, 2);
    long c = script.session(ALICE, 3);
    script.batch(ordered(ALICE, a, 1));

    for (int i = 0; i < 9; i++) {
      script.batchAfter(SECOND);
      assertThat(script.effects.ended()).isEmpty();
    }
    script.batchAfter(SECOND - 500, ordered(ALICE, a, 2), ordered(ALICE, b, 1));

    // The last batch brought b and c, but not a, over ten seconds.
    assertThat(script.effects.ended()).containsExactly(b, c);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXECUTE, Verdict.EXPIRED);
    assertThat(sessions.lastExecuted(c)).isEqualTo(-1);
  }

  /** RULES 9: a CLOSE takes its turn; what comes after it in the session is never executed. */
  @Test
  void aCloseEndsItsSessionInTurn() {
    long s = script.session(ALICE, 1);
    Request close = Script.request(Request.Kind.CLOSE, ALICE, s, 2, Bytes.EMPTY);
    script.batch(close);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.OUT_OF_TURN);
    assertThat(sessions.isOpen(s, ALICE)).isTrue();

    Request stranger = Script.request(Request.Kind.CLOSE, BOB, s, 1, Bytes.EMPTY);
    Request malformed = Script.request(Request.Kind.CLOSE, ALICE, s, 1, Script.bytes("x"));
    script.batch(stranger, malformed);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXPIRED, Verdict.REFUSED);

    script.batch(ordered(ALICE, s, 1), close, ordered(ALICE, s, 3), close);
    assertThat(verdicts(script.effects))
        .containsExactly(Verdict.EXECUTE, Verdict.CLOSED, Verdict.EXPIRED, Verdict.EXPIRED);
    assertThat(script.effects.ended()).containsExactly(s);
    assertThat(script.answers.get(1).reply().outcome()).isEqualTo(Message.Outcome.EXECUTED);
    assertThat(script.answers.get(1).reply().result()).isEqualTo(Bytes.EMPTY);
    assertThat(sessions.isOpen(s, ALICE)).isFalse();

    script.batch(close);
    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXPIRED);
  }

  @Test
  void aCloseMakesRoomForAnotherSession() {
    Script small = new Script(Script.limits(4, 1, 10, 1 << 20));
    long s = small.session(ALICE, 1);
    small.batch(small.open(ALICE, 2));
    assertThat(verdicts(small.effects)).containsExactly(Verdict.REFUSED);
    small.batch(Script.request(Request.Kind.CLOSE, ALICE, s, 1, Bytes.EMPTY));
    // The OPEN is remembered until its deadline, and that has its own bound.
    small.batchAfter(61 * SECOND);
    assertThat(small.session(ALICE, 3)).isPositive();
  }

  @Test
  void aSessionLivesUntilItsTimeoutIsExceeded() {
    long s = script.session(ALICE, 1);
    for (int i = 0; i < 10; i++) {
      script.batchAfter(SECOND);
    }
    assertThat(sessions.lastExecuted(s)).isZero();

    script.batchAfter(1);
    assertThat(script.effects.ended()).containsExactly(s);
  }

  /**
   * Only what the client did in turn keeps a session alive; anything else costs nobody anything.
   */
  @Test
  void duplicatesAndStrangersDoNotKeepASessionAlive() {
    long s = script.session(ALICE, 1);
    Request one = ordered(ALICE, s, 1);
    script.batch(one);
    for (int i = 0; i < 10; i++) {
      script.batchAfter(
          SECOND, one, ordered(ALICE, s, 1, "y"), ordered(ALICE, s, 3), ordered(BOB, s, 2));
    }

    script.batchAfter(SECOND);

    assertThat(script.effects.ended()).containsExactly(s);
  }

  @Test
  void anOpenKeepsItsSessionAlive() {
    Request open = script.open(ALICE, 1);
    long s = script.batch(open).effects().get(0).session();
    for (int i = 0; i < 15; i++) {
      script.batchAfter(SECOND, open);
    }
    assertThat(sessions.lastExecuted(s)).isZero();
  }

  /** F12: after an hour without a batch the first one expires nobody. */
  @Test
  void anOutageExpiresNoSession() {
    long s = script.session(ALICE, 1);

    script.batchAfter(3600 * SECOND, ordered(ALICE, s, 1));

    assertThat(script.effects.ended()).isEmpty();
    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXECUTE);
    assertThat(sessions.timeMicros()).isEqualTo(script.now);
  }

  @Test
  void deadlinesOfOpensFollowOrderedTimeAndNotSessionTime() {
    Request open = script.open(ALICE, 1);

    script.batchAfter(3600 * SECOND, open);

    assertThat(verdicts(script.effects)).containsExactly(Verdict.EXPIRED);
  }

  // ---- state --------------------------------------------------------------------------------

  @Test
  void lookingChangesNothing() {
    long a = script.session(ALICE, 1);
    long b = script.session(BOB, 1);
    Digest before = sessions.hash();

    sessions.standing(ordered(ALICE, a, 1));
    sessions.standing(ordered(BOB, b, 1).reference());
    sessions.standing(script.open(ALICE, 1));
    sessions.standing(script.open(ALICE, 2));
    sessions.lastExecuted(a);

    assertThat(sessions.hash()).isEqualTo(before);
  }

  @Test
  void theHashCoversWhatWasExecuted() {
    Script other = new Script();
    long s = script.session(ALICE, 1);
    other.session(ALICE, 1);
    assertThat(sessions.hash()).isEqualTo(other.sessions.hash());

    script.batch(ordered(ALICE, s, 1, "x"));
    other.batch(ordered(ALICE, s, 1, "y"));

    assertThat(sessions.hash()).isNotEqualTo(other.sessions.hash());
  }

  @Test
  void theHashCoversOpensActivityAndTime() {
    Script other = new Script();
    long deadline = script.now + 5 * SECOND;
    script.batch(open(ALICE, 1, deadline, 0));
    other.batch(open(ALICE, 1, deadline + 1, 0));
    assertThat(sessions.hash()).isNotEqualTo(other.sessions.hash());

    Script early = new Script();
    Script late = new Script();
    Request open = early.open(ALICE, 1);
    early.batchAfter(1000, open);
    early.batchAfter(1000);
    late.batchAfter(1000, open);
    late.batchAfter(1000, open);
    assertThat(early.sessions.hash()).isNotEqualTo(late.sessions.hash());

    // The same ordered time, but the first leaps and the second does not.
    Script leaping = new Script();
    Script steady = new Script();
    for (Script each : List.of(leaping, steady)) {
      each.batch();
      each.batchAfter(each == leaping ? 2 * SECOND : SECOND);
      each.batchAfter(each == leaping ? 0 : SECOND);
    }
    leaping.proposed(leaping.now + 10);
    steady.proposed(steady.now + 10);
    assertThat(leaping.sessions.timeMicros()).isEqualTo(steady.sessions.timeMicros());
    assertThat(leaping.sessions.hash()).isNotEqualTo(steady.sessions.hash());
  }

  @Test
  void deliversInstancesInOrderOnly() {
    Sessions ahead = new Script(limits(4, 3, 6, 1000)).sessions;
    ahead.deliver(Batch.noop(0, 1, Digest.ZERO), digest -> null);
    assertThatThrownBy(() -> ahead.deliver(Batch.noop(0, 3, Digest.ZERO), digest -> null))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void asksTheRules() {
    DeliveryRule executesTwice =
        new DeliveryRule() {
          @Override
          public boolean isDuplicate(long lastExecuted, long sequence) {
            return false;
          }

          @Override
          public boolean isNext(long lastExecuted, long sequence) {
            return true;
          }
        };
    Script mutant = new Script(limits(2, 3, 6, 1000), executesTwice);
    long s = mutant.session(ALICE, 1);

    mutant.batch(ordered(ALICE, s, 7), ordered(ALICE, s, 7), ordered(ALICE, s, 8));
    mutant.batch(ordered(ALICE, s, 9), ordered(ALICE, s, 1), ordered(ALICE, s, 9));

    assertThat(verdicts(mutant.effects)).containsOnly(Verdict.EXECUTE);
  }
}
