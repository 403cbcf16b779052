package dev.lockstep.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each call waits, is sent, and ends once. */
class CallsTest {
  private static final Bytes OPERATION = ClientHarness.bytes("op");
  private static final int WINDOW = 2;

  private final ClientParts parts = new ClientParts(ClientHarness.byzantine(WINDOW), null);
  private final Calls calls = parts.calls;
  private final Session session = open();

  private static Session open() {
    Session session = new Session(1);
    session.state = Session.State.OPEN;
    session.id = ClientHarness.SESSION;
    session.nextSequence = 1;
    return session;
  }

  private void invoke(long... ids) {
    for (long id : ids) {
      calls.invoke(session, id, OPERATION, null, null);
    }
  }

  private Pending underWay(long sequence) {
    return session.outstanding.get(sequence);
  }

  private static ReplyQuorum.Answer answer(Outcome outcome) {
    return new ReplyQuorum.Answer(outcome, 0b1);
  }

  @Test
  void sendsWithinTheWindowAndQueuesTheRest() {
    invoke(1, 2, 3, 4, 5);
    assertThat(session.outstanding.keySet()).containsExactly(1L, 2L);
    assertThat(session.queue).hasSize(2);
    assertThat(parts.results).containsExactly(Map.entry(5L, Status.BUSY));
    assertThat(session.held()).isEqualTo(4);

    // The second is done, but the window counts from the first.
    calls.onPast(underWay(2), ClientResult.executed(OPERATION));
    assertThat(session.outstanding.keySet()).containsExactly(1L);
    calls.onPast(underWay(1), ClientResult.executed(OPERATION));
    assertThat(session.outstanding.keySet()).containsExactly(3L, 4L);
    assertThat(parts.results).containsEntry(1L, Status.EXECUTED).containsEntry(2L, Status.EXECUTED);
  }

  @Test
  void withoutASessionNothingIsExecuted() {
    calls.invoke(null, 1, OPERATION, null, null);
    session.state = Session.State.OVER;
    calls.invokeUnordered(session, 2, OPERATION, null, null);
    assertThat(parts.results.values()).containsOnly(Status.NOT_EXECUTED).hasSize(2);
    session.state = Session.State.OPEN;
    calls.invoke(session, 3, ClientHarness.bytes("x".repeat(101)), null, null);
    assertThat(parts.results).containsEntry(3L, Status.REFUSED);
    assertThat(parts.sent).isEmpty();
  }

  /** See the package: the sequence is used, so the request stays under way. */
  @Test
  void aCallThatTimesOutKeepsItsSequence() {
    invoke(1, 2, 3);
    calls.onTimeout(underWay(1));
    calls.onTimeout(session.queue.iterator().next());
    assertThat(parts.results)
        .containsEntry(1L, Status.MAY_EXECUTE)
        .containsEntry(3L, Status.NOT_EXECUTED);
    assertThat(session.outstanding.keySet()).containsExactly(1L, 2L);
    // What is executed after it says that it is past too.
    calls.onPast(underWay(2), ClientResult.executed(OPERATION));
    assertThat(session.outstanding).isEmpty();
    assertThat(parts.results).hasSize(3);
  }

  @Test
  void aQuorumSaysWhatBecameOfThePlace() {
    invoke(1);
    calls.onPlaceExecuted(underWay(1), answer(Outcome.FORGOTTEN));
    invoke(2);
    calls.onPlaceExecuted(underWay(2), answer(Outcome.CONFLICT));
    invoke(3);
    Pending third = underWay(3);
    third.ballot.put(0, ClientParts.reply(third, Outcome.EXECUTED, OPERATION));
    calls.onPlaceExecuted(third, answer(Outcome.EXECUTED));
    assertThat(parts.results.values())
        .containsExactly(Status.FORGOTTEN, Status.CONFLICT, Status.EXECUTED);
    invoke(4);
    assertThatThrownBy(() -> calls.onPlaceExecuted(underWay(4), answer(Outcome.EXPIRED)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRefusedOperationKeepsItsSequenceToo() {
    invoke(1);
    calls.onRefused(underWay(1));
    calls.onRefused(underWay(1));
    assertThat(parts.results).containsEntry(1L, Status.REFUSED);
    assertThat(underWay(1).call).isNull();
  }

  @Test
  void aReadThatNobodyAgreesOnIsOrdered() {
    calls.invokeUnordered(session, 1, OPERATION, null, null);
    Pending read = session.reads.iterator().next();
    assertThat(read.orderAt).isEqualTo(ClientHarness.TIMING.readTimeoutMicros());
    calls.onReadAnswered(read, answer(Outcome.REFUSED));
    assertThat(session.reads).isEmpty();
    assertThat(underWay(1).request.kind()).isEqualTo(Request.Kind.ORDERED);
    assertThat(parts.results).isEmpty();

    calls.invokeUnordered(session, 2, OPERATION, null, null);
    session.state = Session.State.OVER;
    calls.order(session.reads.iterator().next());
    assertThat(parts.results).containsEntry(2L, Status.NOT_EXECUTED);
  }

  /** RULES 9: closing a session says of each call whether it was executed. */
  @Test
  void closingTellsWhatBecameOfEachCall() {
    Session wide = open();
    ClientParts other = new ClientParts(ClientHarness.byzantine(10), null);
    for (long id = 1; id <= 5; id++) {
      other.calls.invoke(wide, id, OPERATION, null, null);
    }
    List<OpenedResult.Held> held =
        List.of(
            new OpenedResult.Held(
                2, wide.outstanding.get(2L).request.digest(), Outcome.EXECUTED, OPERATION),
            new OpenedResult.Held(
                3, wide.outstanding.get(1L).request.digest(), Outcome.EXECUTED, OPERATION));
    other.calls.fence(wide, new OpenedResult(7, 3, held));
    assertThat(other.results.values())
        .containsExactly(
            Status.FORGOTTEN,
            Status.EXECUTED,
            Status.CONFLICT,
            Status.NOT_EXECUTED,
            Status.NOT_EXECUTED);

    invoke(1);
    calls.fence(session, new OpenedResult(7, -1, List.of()));
    assertThat(parts.results).containsEntry(1L, Status.LOST);
  }

  @Test
  void endsAllButReads() {
    invoke(1, 2, 3);
    calls.invokeUnordered(session, 4, OPERATION, null, null);
    calls.endAll(session, Status.LOST);
    assertThat(parts.results.values())
        .containsExactly(Status.LOST, Status.LOST, Status.NOT_EXECUTED);
    assertThat(session.reads).hasSize(1);
    calls.endReads(session);
    assertThat(parts.results).containsEntry(4L, Status.NOT_EXECUTED);
    assertThat(session.held()).isZero();
    assertThat(parts.sender.nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }
}
