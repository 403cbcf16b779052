package dev.lockstep.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How sessions begin and end (RULES 9). */
class ClientSessionsTest {
  private final ClientParts parts = new ClientParts(ClientHarness.byzantine(4), null);
  private final ClientSessions sessions = parts.sessions;

  private Session session(long handle) {
    return sessions.getOrNull(handle);
  }

  private static OpenSession operation(Pending open) {
    return OpenSession.decodeOrNull(open.request.operation());
  }

  private void answer(Pending open, OpenedResult opened) {
    open.ballot.put(0, ClientParts.reply(open, Outcome.OPENED, opened.encode()));
    sessions.onOpenAnswered(open, new ReplyQuorum.Answer(Outcome.OPENED, 0b1));
  }

  private void answer(Pending open, Outcome outcome) {
    sessions.onOpenAnswered(open, new ReplyQuorum.Answer(outcome, 0b1));
  }

  private Session opened(long handle, long id) {
    sessions.open(handle, 0);
    answer(session(handle).open, new OpenedResult(id, -1, List.of()));
    return session(handle);
  }

  @Test
  void anAnsweredOpenMakesASession() {
    Session session = opened(1, 99);
    assertThat(session.state).isEqualTo(Session.State.OPEN);
    assertThat(session.id).isEqualTo(99);
    assertThat(session.open).isNull();
    assertThat(parts.events).containsExactly("opened 1");
    assertThatThrownBy(() -> sessions.open(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noMoreHandlesThanTheViewHasRoomFor() {
    for (int handle = 1; handle <= 4; handle++) {
      sessions.open(handle, 0);
    }
    assertThat(parts.events).containsExactly("refused 4");
    assertThat(sessions.all()).hasSize(3);
  }

  @Test
  void whatCannotBeReadAsASessionIsARefusal() {
    sessions.open(1, 0);
    Pending open = session(1).open;
    open.ballot.put(0, ClientParts.reply(open, Outcome.OPENED, ClientHarness.bytes("junk")));
    answer(open, Outcome.OPENED);
    assertThat(session(1).state).isEqualTo(Session.State.OVER);
    assertThat(parts.events).containsExactly("refused 1");
  }

  @Test
  void reopeningFencesAndKeepsTheSessionWhenRefused() {
    Session session = opened(1, 99);
    parts.calls.invoke(session, 5, ClientHarness.bytes("op"), null, null);
    sessions.reopen(1);
    assertThat(session.state).isEqualTo(Session.State.REOPENING);
    assertThat(operation(session.open).closes()).isEqualTo(99);
    answer(session.open, Outcome.REFUSED);
    assertThat(session.state).isEqualTo(Session.State.OPEN);
    assertThat(session.id).isEqualTo(99);
    assertThat(parts.results).isEmpty();

    sessions.reopen(1);
    answer(session.open, new OpenedResult(100, 0, List.of()));
    assertThat(session.id).isEqualTo(100);
    assertThat(parts.results).containsEntry(5L, Status.NOT_EXECUTED);
  }

  /** A clock that is behind makes every OPEN late: the next ones are sent with a delay. */
  @Test
  void aLateOpenIsMadeAnew() {
    sessions.open(1, 0);
    Pending first = session(1).open;
    assertThat(sessions.isTooLate(first)).isFalse();
    parts.at(6000);
    assertThat(sessions.isTooLate(first)).isFalse(); // by twice the bound of the clocks
    parts.at(6001);
    assertThat(sessions.isTooLate(first)).isTrue();
    sessions.onTooLate(first);
    Pending second = session(1).open;
    assertThat(operation(second).nonce()).isNotEqualTo(operation(first).nonce());
    answer(second, Outcome.EXPIRED);
    Pending third = session(1).open;
    assertThat(third.request).isNull();
    assertThat(third.sendAt).isEqualTo(6101 * ClientHarness.MILLI);
    sessions.launchOpen(third);
    answer(third, Outcome.EXPIRED);
    assertThat(session(1).open.sendAt).isEqualTo(6201 * ClientHarness.MILLI);
  }

  @Test
  void closingAsksTheGroup() {
    opened(1, 99);
    parts.receivers();
    sessions.close(1);
    sessions.close(1);
    assertThat(session(1)).isNull();
    assertThat(sessions.closing()).isEqualTo(1);
    Request close = parts.sent.get(0).request();
    assertThat(close.kind()).isEqualTo(Request.Kind.CLOSE);
    assertThat(close.session()).isEqualTo(99);
    parts.events.clear();
    sessions.onCloseAnswered(parts.sender.underWayOrNull(close.digest()), Outcome.EXECUTED);
    assertThat(parts.events).containsExactly("closed 1");
    assertThat(sessions.closing()).isZero();
  }

  /** With calls under way nothing can be closed in order; the next OPEN closes it. */
  @Test
  void theNextOpenClosesWhatWasLeftBehind() {
    Session session = opened(1, 99);
    parts.calls.invoke(session, 5, ClientHarness.bytes("op"), null, null);
    sessions.close(1);
    assertThat(parts.results).containsEntry(5L, Status.MAY_EXECUTE);
    sessions.open(2, 0);
    assertThat(operation(session(2).open).closes()).isEqualTo(99);
    sessions.open(3, 0);
    assertThat(operation(session(3).open).closes()).isZero();
  }

  @Test
  void aCloseThatNobodyAnswersIsLeftBehindToo() {
    opened(1, 99);
    parts.receivers();
    sessions.close(1);
    Pending close = parts.sender.underWayOrNull(parts.sent.get(0).request().digest());
    sessions.giveUpClose(close);
    sessions.open(2, 0);
    assertThat(operation(session(2).open).closes()).isEqualTo(99);
  }

  @Test
  void aLostSessionTakesItsCallsAlong() {
    Session session = opened(1, 99);
    parts.calls.invoke(session, 5, Bytes.EMPTY, null, null);
    sessions.onLost(session);
    assertThat(parts.results).containsEntry(5L, Status.LOST);
    assertThat(parts.events).containsExactly("opened 1", "lost 1");
    assertThat(session.id).isZero();
    sessions.reopen(1);
    assertThat(session.state).isEqualTo(Session.State.OPENING);
    assertThat(operation(session.open).closes()).isZero();
  }
}
