package dev.lockstep.protocol.client;

import static dev.lockstep.protocol.client.ClientHarness.HANDLE;
import static dev.lockstep.protocol.client.ClientHarness.SESSION;
import static dev.lockstep.protocol.client.ClientHarness.TIMING;
import static dev.lockstep.protocol.client.ClientHarness.bytes;
import static dev.lockstep.protocol.client.ClientHarness.byzantine;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.OpenedResult;
import dev.lockstep.protocol.message.Request;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Sessions, the window, time-outs, and what is known of a call when it ends (RULES 9, 10, 11). */
class ClientSessionTest {
  private static final List<Integer> QUORUM = List.of(0, 1, 2);

  /** Window 2, and 4 queued calls. */
  private final ClientHarness harness = ClientHarness.open(byzantine(2));

  private static OpenedResult opened(long session, long last, OpenedResult.Held... held) {
    return new OpenedResult(session, last, List.of(held));
  }

  private static OpenedResult.Held held(long sequence, Digest request, String result) {
    return new OpenedResult.Held(sequence, request, Outcome.EXECUTED, bytes(result));
  }

  @Nested
  class Window {
    @Test
    void holdsBackWhatExceedsIt() {
      harness.invoke(1);
      harness.invoke(2);
      harness.invoke(3);
      List<Request> requests = harness.requests();
      assertThat(requests).extracting(Request::sequence).containsExactly(1L, 2L);
      harness.executedFrom(QUORUM, requests.get(0), "x");
      assertThat(harness.request().sequence()).isEqualTo(3);
    }

    /** Replicas promise to hold only the replies of the last sequences. */
    @Test
    void countsFromTheLowestOutstanding() {
      harness.invoke(1);
      harness.invoke(2);
      harness.invoke(3);
      List<Request> requests = harness.requests();
      harness.executedFrom(QUORUM, requests.get(1), "x");
      assertThat(harness.sent).isEmpty();
      harness.executedFrom(QUORUM, requests.get(0), "x");
      assertThat(harness.request().sequence()).isEqualTo(3);
    }

    @Test
    void fullQueueIsBusy() {
      for (int call = 1; call <= 6; call++) {
        harness.invoke(call);
      }
      assertThat(harness.results).isEmpty();
      harness.invoke(7);
      assertThat(harness.status(7)).isEqualTo(Status.BUSY);
      harness.read(8);
      assertThat(harness.status(8)).isEqualTo(Status.BUSY);
      assertThat(harness.client.held()).isEqualTo(6);
    }

    /** Room in the queue is kept for reads that come to be ordered. */
    @Test
    void readsCountAsQueued() {
      for (int call = 1; call <= 4; call++) {
        harness.read(call);
      }
      harness.read(5);
      assertThat(harness.status(5)).isEqualTo(Status.BUSY);
      harness.invoke(6); // the window has room
      harness.invoke(7);
      harness.invoke(8);
      assertThat(harness.status(8)).isEqualTo(Status.BUSY);
      harness.at(50);
      assertThat(harness.results).hasSize(2);
      assertThat(harness.client.held()).isEqualTo(6);
    }

    @Test
    void queueKeepsTheOrderOfCalls() {
      for (int call = 1; call <= 5; call++) {
        harness.invoke(call);
      }
      List<Request> first = harness.requests();
      first.forEach(request -> harness.executedFrom(QUORUM, request, "x"));
      assertThat(harness.requests())
          .extracting(Request::operation)
          .containsExactly(bytes("op3"), bytes("op4"));
    }

    @Test
    void tooLargeOperationIsRefused() {
      harness.client.invoke(HANDLE, 1, bytes("x".repeat(101)));
      assertThat(harness.status(1)).isEqualTo(Status.REFUSED);
      harness.client.invoke(HANDLE, 2, bytes("x".repeat(100)));
      assertThat(harness.request().sequence()).isEqualTo(1);
      harness.client.invokeUnordered(HANDLE, 3, bytes("x".repeat(101)));
      assertThat(harness.status(3)).isEqualTo(Status.REFUSED);
    }
  }

  @Nested
  class Timeouts {
    @Test
    void sentCallMayExecuteAndKeepsItsSequence() {
      harness.invoke(1);
      Request request = harness.request();
      harness.at(1000);
      assertThat(harness.status(1)).isEqualTo(Status.MAY_EXECUTE);
      harness.clear();
      harness.at(2000);
      assertThat(harness.requests()).containsExactly(request);
      harness.invoke(2);
      assertThat(harness.request().sequence()).isEqualTo(2);
      // Answered at last: nothing more is reported, and it is not sent any more.
      harness.executedFrom(QUORUM, request, "x");
      assertThat(harness.results).hasSize(1);
      assertThat(harness.client.held()).isEqualTo(1);
    }

    @Test
    void windowStaysOccupied() {
      harness.invoke(1);
      harness.invoke(2);
      harness.at(500);
      harness.invoke(3);
      List<Request> requests = harness.requests();
      assertThat(requests).hasSize(2);
      harness.at(1000);
      assertThat(harness.results).hasSize(2);
      assertThat(harness.requests()).hasSize(2);
      harness.at(1499);
      assertThat(harness.status(3)).isNull();
      harness.at(1500);
      assertThat(harness.status(3)).isEqualTo(Status.NOT_EXECUTED);
      harness.executedFrom(QUORUM, requests.get(0), "x");
      harness.clear();
      harness.invoke(4);
      assertThat(harness.request().sequence()).isEqualTo(3);
      // That sequence 1 is past says nothing of sequence 2.
      harness.at(2000);
      assertThat(harness.requests())
          .extracting(Request::sequence)
          .containsExactlyInAnyOrder(2L, 3L);
    }

    @Test
    void digestsAreEnoughWhenNobodyWaits() {
      harness.invoke(1);
      Request request = harness.request();
      harness.at(1000);
      QUORUM.forEach(replica -> harness.digestOnly(replica, request, "x" + replica));
      assertThat(harness.client.held()).isZero();
    }

    @Test
    void anyAnswerThatTheSequenceIsPastIsEnoughThen() {
      harness.invoke(1);
      Request request = harness.request();
      harness.at(1000);
      harness.plain(0, request, Outcome.CONFLICT);
      harness.plain(1, request, Outcome.FORGOTTEN);
      harness.plain(2, request, Outcome.EXPIRED);
      assertThat(harness.client.held()).isEqualTo(1);
      harness.digestOnly(3, request, "x");
      assertThat(harness.client.held()).isZero();
    }

    @Test
    void executedButWithoutResultIsForgotten() {
      harness.invoke(1);
      Request request = harness.request();
      QUORUM.forEach(replica -> harness.digestOnly(replica, request, "x"));
      harness.at(1000);
      assertThat(harness.status(1)).isEqualTo(Status.FORGOTTEN);
      assertThat(harness.client.held()).isZero();
    }

    /** A session executes in order, so the answer to a later sequence answers for the earlier. */
    @Test
    void laterSequenceReleasesEarlierOnes() {
      harness.invoke(1);
      Request first = harness.request();
      harness.at(900);
      harness.clear();
      harness.invoke(2);
      Request second = harness.request();
      harness.at(1000);
      assertThat(harness.status(1)).isEqualTo(Status.MAY_EXECUTE);
      harness.executedFrom(QUORUM, second, "y");
      assertThat(harness.value(2)).isEqualTo("y");
      assertThat(harness.client.held()).isZero();
      harness.executedFrom(QUORUM, first, "x");
      assertThat(harness.results).hasSize(2);
    }

    @Test
    void laterSequenceReleasesNoCallThatIsWaitedFor() {
      harness.invoke(1);
      harness.invoke(2);
      List<Request> requests = harness.requests();
      harness.executedFrom(QUORUM, requests.get(1), "y");
      harness.executedFrom(QUORUM, requests.get(0), "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void unorderedReadEndsWithoutEffect() {
      ClientHarness patient =
          ClientHarness.open(
              new ClientHarness(
                  byzantine(2),
                  new ClientConfig.Timing(100_000, 400_000, 5_000_000, 1_000_000, 5_000_000),
                  4,
                  null));
      patient.read(1);
      patient.at(1000);
      assertThat(patient.status(1)).isEqualTo(Status.NOT_EXECUTED);
      assertThat(patient.client.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void neverIsAllowed() {
      ClientHarness patient =
          ClientHarness.open(
              new ClientHarness(
                  byzantine(2),
                  new ClientConfig.Timing(100_000, 400_000, 50_000, Long.MAX_VALUE, 5_000_000),
                  4,
                  null));
      patient.at(1);
      patient.invoke(1);
      patient.at(1_000_000_000);
      assertThat(patient.results).isEmpty();
    }
  }

  @Nested
  class Endings {
    @Test
    void expiryEndsEveryCallOfTheSession() {
      harness.invoke(1);
      harness.invoke(2);
      harness.invoke(3);
      List<Request> requests = harness.requests();
      harness.plainFrom(List.of(0, 1), requests.get(1), Outcome.EXPIRED);
      assertThat(harness.results).isEmpty();
      harness.plain(2, requests.get(1), Outcome.EXPIRED);
      assertThat(harness.status(1)).isEqualTo(Status.LOST);
      assertThat(harness.status(2)).isEqualTo(Status.LOST);
      assertThat(harness.status(3)).isEqualTo(Status.NOT_EXECUTED);
      assertThat(harness.events)
          .containsExactly("completed 1", "completed 2", "completed 3", "lost 1");
      assertThat(harness.client.held()).isZero();
      assertThat(harness.client.sessionOf(HANDLE)).isZero();
      harness.invoke(4);
      assertThat(harness.status(4)).isEqualTo(Status.NOT_EXECUTED);
    }

    @Test
    void lostSessionCanBeReopened() {
      harness.invoke(1);
      harness.plainFrom(QUORUM, harness.request(), Outcome.EXPIRED);
      harness.client.reopenSession(HANDLE);
      assertThat(harness.openOperation().closes()).isZero();
      harness.invoke(2);
      harness.answerOpen(opened(100, -1));
      Request request = harness.requests().get(1);
      assertThat(request.session()).isEqualTo(100);
      assertThat(request.sequence()).isEqualTo(1);
    }

    @Test
    void expiryIsNoticedByCallsThatTimedOut() {
      harness.invoke(1);
      Request request = harness.request();
      harness.at(1000);
      harness.plainFrom(QUORUM, request, Outcome.EXPIRED);
      assertThat(harness.status(1)).isEqualTo(Status.MAY_EXECUTE);
      assertThat(harness.events).endsWith("lost 1");
    }

    @Test
    void conflictEndsOneCall() {
      harness.invoke(1);
      harness.invoke(2);
      List<Request> requests = harness.requests();
      harness.plainFrom(QUORUM, requests.get(0), Outcome.CONFLICT);
      assertThat(harness.status(1)).isEqualTo(Status.CONFLICT);
      harness.executedFrom(QUORUM, requests.get(1), "y");
      assertThat(harness.value(2)).isEqualTo("y");
    }

    @Test
    void oneReplicaCannotEndASession() {
      harness.invoke(1);
      Request request = harness.request();
      for (Outcome outcome : List.of(Outcome.EXPIRED, Outcome.CONFLICT, Outcome.FORGOTTEN)) {
        harness.plain(3, request, outcome);
      }
      assertThat(harness.results).isEmpty();
      harness.executedFrom(QUORUM, request, "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void closingSaysWhatMayStillExecute() {
      harness.invoke(1);
      harness.invoke(2);
      harness.invoke(3);
      harness.read(4);
      harness.client.closeSession(HANDLE);
      assertThat(harness.status(1)).isEqualTo(Status.MAY_EXECUTE);
      assertThat(harness.status(2)).isEqualTo(Status.MAY_EXECUTE);
      assertThat(harness.status(3)).isEqualTo(Status.NOT_EXECUTED);
      assertThat(harness.status(4)).isEqualTo(Status.NOT_EXECUTED);
      assertThat(harness.client.held()).isZero();
      assertThat(harness.client.nextDeadline()).isEqualTo(Long.MAX_VALUE);
      harness.invoke(5);
      assertThat(harness.status(5)).isEqualTo(Status.NOT_EXECUTED);
    }

    /** Else a client that opens and closes would run out of sessions until they expire. */
    @Test
    void nextOpenClosesWhatWasLeftBehind() {
      harness.invoke(1);
      harness.client.closeSession(HANDLE);
      harness.client.openSession(2);
      assertThat(harness.openOperation().closes()).isEqualTo(SESSION);
      harness.client.openSession(3);
      assertThat(harness.openOperation().closes()).isZero();
    }
  }

  /** A client that is done with its session leaves nothing behind. */
  @Nested
  class Closing {
    private final ClientHarness harness = ClientHarness.open(byzantine(2));

    private Request close() {
      harness.client.closeSession(HANDLE);
      Request close = harness.request();
      assertThat(close.kind()).isEqualTo(Request.Kind.CLOSE);
      assertThat(close.session()).isEqualTo(SESSION);
      return close;
    }

    @Test
    void asksTheGroupInTheOrderOfTheSession() {
      harness.invoke(1);
      harness.executedFrom(QUORUM, harness.request(), "x");
      harness.clear();
      Request close = close();
      assertThat(close.sequence()).isEqualTo(2);
      assertThat(harness.client.held()).isEqualTo(1);
      harness.executedFrom(QUORUM.subList(0, 2), close, "");
      assertThat(harness.events).isEmpty();
      harness.executed(QUORUM.get(2), close, "");
      assertThat(harness.events).containsExactly("closed 1");
      assertThat(harness.client.held()).isZero();
      assertThat(harness.client.nextDeadline()).isEqualTo(Long.MAX_VALUE);
      harness.client.openSession(2);
      assertThat(harness.openOperation().closes()).isZero();
    }

    /** The reply was lost and the session with it: asked again, the group says EXPIRED. */
    @Test
    void findsThatItIsClosedAlready() {
      Request close = close();
      harness.executed(0, close, "");
      harness.executed(1, close, "");
      QUORUM.forEach(replica -> harness.plain(replica, close, Outcome.EXPIRED));
      assertThat(harness.events).containsExactly("closed 1");
    }

    @Test
    void givesUpAndLeavesItToTheNextOpen() {
      close();
      harness.clear();
      for (int i = 0; i < 100 && harness.events.isEmpty(); i++) {
        harness.client.onTime(harness.client.nextDeadline(), 0);
      }
      assertThat(harness.events).containsExactly("closed 1");
      harness.client.openSession(2);
      assertThat(harness.openOperation().closes()).isEqualTo(SESSION);
    }

    @Test
    void asksNobodyWhileSomethingIsUnderWay() {
      harness.invoke(1);
      harness.clear();
      harness.client.closeSession(HANDLE);
      assertThat(harness.sent).isEmpty();
      assertThat(harness.events).containsExactly("completed 1", "closed 1");
    }
  }

  @Nested
  class Opening {
    private final ClientHarness fresh = new ClientHarness(byzantine(2));

    @Test
    void opensWithANonceAndADeadline() {
      fresh.client.openSession(HANDLE);
      assertThat(fresh.receivers()).containsExactly(0, 1, 2, 3);
      Request open = fresh.lastOpen();
      assertThat(open.session()).isZero();
      assertThat(open.sequence()).isZero();
      assertThat(fresh.openOperation().deadlineMicros())
          .isEqualTo(fresh.wallOffset + TIMING.openDeadlineMicros());
      OpenSession first = fresh.openOperation();
      fresh.client.openSession(2);
      assertThat(fresh.openOperation().nonce()).isNotEqualTo(first.nonce());
      // The same seed gives the same nonces.
      ClientHarness again = new ClientHarness(byzantine(2));
      again.client.openSession(HANDLE);
      assertThat(again.openOperation()).isEqualTo(first);
    }

    @Test
    void deadlineIsWithinTheBoundOfTheView() {
      ClientConfig.Timing endless =
          new ClientConfig.Timing(100_000, 400_000, 50_000, 1_000_000, Long.MAX_VALUE);
      ClientHarness late = new ClientHarness(byzantine(2), endless, 4, null);
      late.client.openSession(HANDLE);
      assertThat(late.openOperation().deadlineMicros() - late.wallOffset)
          .isEqualTo(60_000_000 - 2 * 500_000);
    }

    @Test
    void callsWaitForTheSession() {
      fresh.client.openSession(HANDLE);
      fresh.invoke(1);
      assertThat(fresh.client.sessionOf(HANDLE)).isZero();
      Request open = fresh.request();
      fresh.reply(0, open, Outcome.OPENED, opened(100, -1).encode());
      fresh.reply(1, open, Outcome.OPENED, opened(101, -1).encode());
      fresh.reply(2, open, Outcome.OPENED, opened(100, -1).encode());
      assertThat(fresh.events).isEmpty();
      fresh.reply(3, open, Outcome.OPENED, opened(100, -1).encode());
      assertThat(fresh.events).containsExactly("opened 1");
      assertThat(fresh.client.sessionOf(HANDLE)).isEqualTo(100);
      assertThat(fresh.request().session()).isEqualTo(100);
    }

    @Test
    void isRetriedLikeEveryRequest() {
      fresh.client.openSession(HANDLE);
      Request open = fresh.request();
      fresh.at(100);
      assertThat(fresh.receivers()).containsExactly(0, 1, 2, 3);
      assertThat(fresh.request()).isEqualTo(open);
    }

    /** F12: an OPEN that is late can have no effect any more, so there is a new one. */
    @Test
    void lateOpenIsSentWithANewNonceAndDeadline() {
      fresh.client.openSession(HANDLE, 55);
      Request first = fresh.lastOpen();
      OpenSession operation = fresh.openOperation();
      fresh.clear();
      fresh.at(50);
      fresh.plainFrom(QUORUM, first, Outcome.EXPIRED);
      OpenSession second = fresh.openOperation();
      assertThat(second.nonce()).isNotEqualTo(operation.nonce());
      assertThat(second.deadlineMicros()).isEqualTo(operation.deadlineMicros() + 50_000);
      assertThat(second.closes()).isEqualTo(55);
      // Late again: the clock may be behind, so not as fast as the group answers.
      fresh.plainFrom(QUORUM, fresh.request(), Outcome.EXPIRED);
      assertThat(fresh.sent).isEmpty();
      assertThat(fresh.client.nextDeadline()).isEqualTo(150_000);
      fresh.at(150);
      Request third = fresh.request();
      fresh.plainFrom(QUORUM, third, Outcome.EXPIRED);
      fresh.at(349);
      assertThat(fresh.sent).isEmpty();
      fresh.at(350);
      fresh.answerOpen(opened(100, -1));
      assertThat(fresh.events).containsExactly("opened 1");
      // The late ones mean nothing any more.
      QUORUM.forEach(
          replica -> fresh.reply(replica, first, Outcome.OPENED, opened(7, -1).encode()));
      assertThat(fresh.client.sessionOf(HANDLE)).isEqualTo(100);
    }

    @Test
    void refusalEndsWhatWaited() {
      fresh.client.openSession(HANDLE);
      fresh.invoke(1);
      fresh.plainFrom(QUORUM, fresh.lastOpen(), Outcome.REFUSED);
      assertThat(fresh.status(1)).isEqualTo(Status.NOT_EXECUTED);
      assertThat(fresh.events).containsExactly("completed 1", "refused 1");
      fresh.clear();
      fresh.client.reopenSession(HANDLE);
      fresh.answerOpen(opened(100, -1));
      assertThat(fresh.events).containsExactly("opened 1");
    }

    @Test
    void handlesAreBounded() {
      for (int handle = 1; handle <= 3; handle++) {
        fresh.client.openSession(handle);
      }
      fresh.client.openSession(4);
      assertThat(fresh.events).containsExactly("refused 4");
      assertThatThrownBy(() -> fresh.client.openSession(3))
          .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closedWhileOpeningLeavesNothing() {
      fresh.client.openSession(HANDLE);
      Request open = fresh.lastOpen();
      fresh.client.closeSession(HANDLE);
      QUORUM.forEach(replica -> fresh.reply(replica, open, Outcome.OPENED, opened(7, -1).encode()));
      assertThat(fresh.events).containsExactly("closed 1");
      assertThat(fresh.client.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void sessionOfACrashedProcessIsClosed() {
      fresh.client.openSession(HANDLE, 55);
      assertThat(fresh.openOperation().closes()).isEqualTo(55);
      OpenedResult result = opened(100, 3, held(3, Digest.ZERO, "x"));
      fresh.answerOpen(result);
      assertThat(fresh.opened).isEqualTo(result);
    }
  }

  @Nested
  class Reopening {
    private List<Request> reopened() {
      harness.invoke(1);
      harness.invoke(2);
      List<Request> requests = harness.requests();
      harness.client.reopenSession(HANDLE);
      assertThat(harness.openOperation().closes()).isEqualTo(SESSION);
      return requests;
    }

    @Test
    void tellsWhatWasExecuted() {
      List<Request> requests = reopened();
      harness.answerOpen(opened(100, 1, held(1, requests.get(0).digest(), "x")));
      assertThat(harness.value(1)).isEqualTo("x");
      assertThat(harness.status(2)).isEqualTo(Status.NOT_EXECUTED);
      assertThat(harness.events).containsExactly("completed 1", "completed 2", "opened 1");
    }

    @Test
    void heldReplyGoesThroughTheExtractor() {
      harness.client.invoke(
          HANDLE, 1, bytes("op"), null, results -> bytes(results.size() + " result"));
      Request request = harness.request();
      harness.client.reopenSession(HANDLE);
      harness.answerOpen(opened(100, 1, held(1, request.digest(), "x")));
      assertThat(harness.value(1)).isEqualTo("1 result");
    }

    @Test
    void executedWithoutHeldReplyIsForgotten() {
      reopened();
      harness.answerOpen(opened(100, 1));
      assertThat(harness.status(1)).isEqualTo(Status.FORGOTTEN);
    }

    @Test
    void otherRequestInItsPlaceIsAConflict() {
      reopened();
      harness.answerOpen(opened(100, 1, held(1, Digest.ZERO, "x")));
      assertThat(harness.status(1)).isEqualTo(Status.CONFLICT);
    }

    @Test
    void sessionThatWasOverLeavesTheOutcomeUnknown() {
      reopened();
      harness.answerOpen(opened(100, -1));
      assertThat(harness.status(1)).isEqualTo(Status.LOST);
      assertThat(harness.status(2)).isEqualTo(Status.LOST);
    }

    @Test
    void newCallsGoToTheNewSession() {
      reopened();
      harness.invoke(3);
      harness.answerOpen(opened(100, 2));
      Request request = harness.requests().get(1);
      assertThat(request.operation()).isEqualTo(bytes("op3"));
      assertThat(request.session()).isEqualTo(100);
      assertThat(request.sequence()).isEqualTo(1);
    }

    /** The older session's EXPIRED may come before the answer that says more. */
    @Test
    void expiryWaitsForTheAnswerToTheOpen() {
      List<Request> requests = reopened();
      harness.plainFrom(QUORUM, requests.get(0), Outcome.EXPIRED);
      assertThat(harness.results).isEmpty();
      harness.answerOpen(opened(100, 1, held(1, requests.get(0).digest(), "x")));
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void nothingIsSentInTheOlderSession() {
      List<Request> requests = reopened();
      Request open = harness.request();
      harness.at(100);
      harness.client.onReconnect(3);
      assertThat(harness.requests()).containsExactly(open);
      // But its replies still count.
      harness.executedFrom(QUORUM, requests.get(0), "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void refusalKeepsTheOlderSession() {
      List<Request> requests = reopened();
      harness.plainFrom(QUORUM, harness.request(), Outcome.REFUSED);
      assertThat(harness.events).containsExactly("refused 1");
      assertThat(harness.client.sessionOf(HANDLE)).isEqualTo(SESSION);
      harness.at(100);
      assertThat(harness.requests()).isEqualTo(requests);
    }

    @Test
    void callsThatTimedOutBeforeAreNotReportedAgain() {
      harness.invoke(1);
      harness.at(1000);
      harness.client.reopenSession(HANDLE);
      harness.answerOpen(opened(100, 0));
      assertThat(harness.status(1)).isEqualTo(Status.MAY_EXECUTE);
      assertThat(harness.client.held()).isZero();
    }

    @Test
    void malformedResultOfAQuorumIsARefusal() {
      reopened();
      QUORUM.forEach(
          replica -> harness.reply(replica, harness.lastOpen(), Outcome.OPENED, bytes("?")));
      assertThat(harness.events).containsExactly("refused 1");
    }
  }
}
