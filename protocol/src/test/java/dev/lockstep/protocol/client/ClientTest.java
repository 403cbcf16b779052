package dev.lockstep.protocol.client;

import static dev.lockstep.protocol.client.ClientHarness.CLUSTER;
import static dev.lockstep.protocol.client.ClientHarness.HANDLE;
import static dev.lockstep.protocol.client.ClientHarness.TIMING;
import static dev.lockstep.protocol.client.ClientHarness.bytes;
import static dev.lockstep.protocol.client.ClientHarness.byzantine;
import static dev.lockstep.protocol.client.ClientHarness.reply;
import static dev.lockstep.protocol.client.ClientHarness.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.client.ClientActions.Ignored;
import dev.lockstep.protocol.client.ClientResult.Status;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.View;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What the client sends, and which replies it believes (RULES 29 to 31). */
class ClientTest {
  private static final List<Integer> ALL = List.of(0, 1, 2, 3);

  /** n = 4, f = 1: quorums of 3. */
  private final ClientHarness harness = ClientHarness.open(byzantine(4));

  private Request invoked(long call) {
    harness.invoke(call);
    return harness.request();
  }

  @Nested
  class Voting {
    @Test
    void completesWhenQuorumAgrees() {
      Request request = invoked(1);
      harness.executed(0, request, "x");
      harness.executed(1, request, "x");
      assertThat(harness.results).isEmpty();
      harness.executed(2, request, "x");
      assertThat(harness.status(1)).isEqualTo(Status.EXECUTED);
      assertThat(harness.value(1)).isEqualTo("x");
      assertThat(harness.client.held()).isZero();
      assertThat(harness.client.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    }

    /** F6: one reply, which one crash makes a lie, is not enough for a writer. */
    @Test
    void oneReplyIsNotEnoughInCrashMode() {
      ClientHarness crash = ClientHarness.open(view(View.Mode.CRASH, List.of(1, 1, 1), 1, 4));
      crash.invoke(1);
      Request write = crash.request();
      crash.executed(0, write, "x");
      assertThat(crash.results).isEmpty();
      crash.executed(2, write, "x");
      assertThat(crash.value(1)).isEqualTo("x");
    }

    /** F6: nor are old answers enough for a reader, as long as they are no majority. */
    @Test
    void readNeedsMajorityInCrashMode() {
      ClientHarness crash = ClientHarness.open(view(View.Mode.CRASH, List.of(1, 1, 1, 1, 1), 2, 4));
      crash.read(1);
      Request read = crash.request();
      crash.executed(1, read, "old");
      crash.executed(2, read, "old");
      assertThat(crash.results).isEmpty();
      crash.executed(3, read, "old");
      assertThat(crash.value(1)).isEqualTo("old");
    }

    @Test
    void lyingReplicaIsOutvoted() {
      Request request = invoked(1);
      harness.executed(3, request, "lie");
      harness.executedFrom(List.of(0, 1), request, "x");
      assertThat(harness.results).isEmpty();
      harness.executed(2, request, "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void duplicateReplyCountsOnce() {
      Request request = invoked(1);
      harness.executedFrom(List.of(0, 0, 0, 1, 1), request, "x");
      assertThat(harness.results).isEmpty();
    }

    @Test
    void weightsCountNotReplicas() {
      ClientHarness weighted =
          ClientHarness.open(view(View.Mode.BYZANTINE, List.of(2, 2, 1, 1, 1), 1, 4));
      weighted.invoke(1);
      Request request = weighted.request(); // 5 of 7
      weighted.executedFrom(List.of(2, 3, 4), request, "x");
      assertThat(weighted.results).isEmpty();
      weighted.executed(0, request, "x");
      assertThat(weighted.value(1)).isEqualTo("x");

      weighted.invoke(2);
      Request second = weighted.request();
      weighted.executedFrom(List.of(0, 1, 2), second, "y");
      assertThat(weighted.value(2)).isEqualTo("y");
    }

    @Test
    void sameResultOfOtherOutcomeDoesNotAgree() {
      Request request = invoked(1);
      harness.reply(0, request, Outcome.EXECUTED, Bytes.EMPTY);
      harness.reply(1, request, Outcome.EXECUTED, Bytes.EMPTY);
      harness.plain(2, request, Outcome.CONFLICT);
      assertThat(harness.results).isEmpty();
    }

    @Test
    void sameDigestOfOtherOutcomeDoesNotAgree() {
      Request request = invoked(1);
      Digest digest = ResultDigest.of(Outcome.CONFLICT, Bytes.EMPTY);
      harness.plainFrom(List.of(0, 1), request, Outcome.CONFLICT);
      harness.client.onReply(2, reply(request, 0, Outcome.EXECUTED, digest, null));
      assertThat(harness.results).isEmpty();
      assertThat(harness.sent).isEmpty();
    }

    /** F13: the reply is lost at two replicas, evicted, and asked again. */
    @Test
    void laterReplyReplacesEarlierOne() {
      Request request = invoked(1);
      harness.executedFrom(List.of(0, 1), request, "x");
      harness.plainFrom(List.of(2, 3), request, Outcome.FORGOTTEN);
      assertThat(harness.results).isEmpty();
      harness.plain(0, request, Outcome.FORGOTTEN);
      assertThat(harness.status(1)).isEqualTo(Status.FORGOTTEN);
    }

    /** F13: and what was replaced does not count any more. */
    @Test
    void replacedReplyDoesNotCount() {
      Request request = invoked(1);
      harness.executedFrom(List.of(0, 1), request, "x");
      harness.executed(1, request, "y");
      harness.executed(2, request, "x");
      assertThat(harness.results).isEmpty();
      harness.executed(3, request, "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void nonMembersDoNotCount() {
      Request request = invoked(1);
      harness.executedFrom(List.of(0, 1, 4, 5, -1), request, "x");
      assertThat(harness.results).isEmpty();
      assertThat(harness.ignored).containsOnly(Ignored.NOT_A_MEMBER);
    }

    @Test
    void replyMustMatchSessionSequenceAndRequest() {
      Request request = invoked(1);
      Bytes result = bytes("x");
      Digest digest = ResultDigest.of(Outcome.EXECUTED, result);
      for (int replica = 0; replica < 4; replica++) {
        harness.client.onReply(
            replica,
            new Message.Reply(0, 1, 1, request.digest(), Outcome.EXECUTED, digest, result, 5));
        harness.client.onReply(
            replica,
            new Message.Reply(
                0, request.session(), 2, request.digest(), Outcome.EXECUTED, digest, result, 5));
        harness.client.onReply(
            replica,
            new Message.Reply(
                0, request.session(), 1, Digest.ZERO, Outcome.EXECUTED, digest, result, 5));
      }
      assertThat(harness.results).isEmpty();
      assertThat(harness.ignored).hasSize(12).containsOnly(Ignored.UNKNOWN_REQUEST);
    }

    @Test
    void resultMustHashToItsDigest() {
      Request request = invoked(1);
      Digest digest = ResultDigest.of(Outcome.EXECUTED, bytes("x"));
      harness.digestOnly(0, request, "x");
      harness.digestOnly(1, request, "x");
      harness.client.onReply(2, reply(request, 0, Outcome.EXECUTED, digest, bytes("forged")));
      assertThat(harness.results).isEmpty();
      assertThat(harness.ignored).containsExactly(Ignored.MALFORMED);
      harness.executed(2, request, "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void digestMustBeThatOfTheOutcome() {
      Request request = invoked(1);
      Digest digest = ResultDigest.of(Outcome.EXECUTED, Bytes.EMPTY);
      ALL.forEach(
          replica ->
              harness.client.onReply(
                  replica, reply(request, 0, Outcome.EXPIRED, digest, Bytes.EMPTY)));
      assertThat(harness.results).isEmpty();
      assertThat(harness.ignored).containsOnly(Ignored.MALFORMED);
    }

    @Test
    void outcomesThatNoCorrectReplicaGivesAreIgnored() {
      Request request = invoked(1);
      ALL.forEach(replica -> harness.reply(replica, request, Outcome.OPENED, bytes("x")));
      assertThat(harness.results).isEmpty();
      assertThat(harness.ignored).hasSize(4).containsOnly(Ignored.MALFORMED);
    }

    /** Its sequence will never be executed, so the session must be left for the next. */
    @Test
    void anOperationThatAQuorumRefusesEndsItsSession() {
      Request request = invoked(1);
      harness.plainFrom(List.of(0, 1), request, Outcome.REFUSED);
      assertThat(harness.results).isEmpty();
      harness.clear();
      harness.plainFrom(List.of(2), request, Outcome.REFUSED);
      assertThat(harness.status(1)).isEqualTo(Status.REFUSED);
      assertThat(OpenSession.decodeOrNull(harness.lastOpen().operation()).closes())
          .isEqualTo(request.session());
    }
  }

  @Nested
  class Views {
    /** F7: replies of a lagging, a removed or a newer replica do not count, but are a hint. */
    @Test
    void onlyTheOwnViewCounts() {
      Request request = invoked(1);
      Digest digest = ResultDigest.of(Outcome.EXECUTED, bytes("x"));
      assertThat(harness.client.otherViewSeen()).isEqualTo(-1);
      ALL.forEach(
          replica ->
              harness.client.onReply(
                  replica, reply(request, 1, Outcome.EXECUTED, digest, bytes("x"))));
      assertThat(harness.results).isEmpty();
      assertThat(harness.ignored).containsOnly(Ignored.OTHER_VIEW);
      assertThat(harness.client.otherViewSeen()).isEqualTo(1);
    }

    @Test
    void newViewAsksItsMembersAndForgetsRepliesOfTheOlder() {
      View second = ClientHarness.next(harness.client.view(), List.of(2, 3, 4, 5));
      Request request = invoked(1);
      harness.executedFrom(List.of(2, 3), request, "x");
      harness.client.installView(second);
      assertThat(harness.receivers()).containsExactly(2, 3, 4, 5);
      assertThat(harness.request().digest()).isEqualTo(request.digest());
      harness.executedFrom(List.of(0, 1, 2), request, "x");
      assertThat(harness.results).isEmpty();
      Digest digest = ResultDigest.of(Outcome.EXECUTED, bytes("x"));
      harness.client.onReply(2, reply(request, 0, Outcome.EXECUTED, digest, bytes("x")));
      harness.client.onReply(3, reply(request, 0, Outcome.EXECUTED, digest, bytes("x")));
      assertThat(harness.results).isEmpty();
      // An older view named is nothing to follow.
      assertThat(harness.client.otherViewSeen()).isEqualTo(-1);
      harness.executedFrom(List.of(3, 5), request, "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void requestsAreSignedForAViewThatAsksForIt() {
      ClientHarness signing =
          ClientHarness.open(
              new ClientHarness(byzantine(4), TIMING, 4, statement -> new Bytes(statement)));
      signing.invoke(1);
      Request request = signing.request();
      assertThat(request.signature()).isEqualTo(Bytes.EMPTY);
      View.Limits limits = ClientHarness.limits(4, View.RequestAuthentication.SIGNED);
      signing.client.installView(
          ClientHarness.next(signing.client.view(), List.of(0, 1, 2, 3), limits));
      Request signed = signing.request();
      assertThat(signed.digest()).isEqualTo(request.digest());
      assertThat(signed.signature())
          .isEqualTo(new Bytes(Statements.request(CLUSTER, request.digest())));
    }

    /** No replica would take it, and its sequence would stop the session. */
    @Test
    void queuedOperationThatTheViewFindsTooLargeIsRefused() {
      ClientHarness narrow = ClientHarness.open(byzantine(1));
      narrow.invoke(1);
      narrow.client.invoke(HANDLE, 2, bytes("x".repeat(100)));
      Request request = narrow.request();
      narrow.invoke(3);
      narrow.client.installView(
          ClientHarness.next(
              narrow.client.view(),
              List.of(0, 1, 2, 3),
              new View.Limits(
                  64,
                  1 << 16,
                  99,
                  1,
                  3,
                  100,
                  1 << 16,
                  600_000_000L,
                  60_000_000L,
                  500_000L,
                  View.RequestAuthentication.VOUCHED)));
      narrow.clear();
      narrow.executedFrom(List.of(0, 1, 2), request, "x");
      assertThat(narrow.status(2)).isEqualTo(Status.REFUSED);
      assertThat(narrow.request().sequence()).isEqualTo(2);
    }

    @Test
    void hintIsGoneWhenTheViewIsThere() {
      View second = ClientHarness.next(harness.client.view(), List.of(2, 3, 4, 5));
      Request request = invoked(1);
      Digest digest = ResultDigest.of(Outcome.EXECUTED, bytes("x"));
      harness.client.onReply(2, reply(request, 1, Outcome.EXECUTED, digest, bytes("x")));
      harness.client.installView(second);
      assertThat(harness.client.otherViewSeen()).isEqualTo(-1);
      harness.client.installView(byzantine(4));
      assertThat(harness.client.view()).isEqualTo(second);
    }

    @Test
    void modeNeverChanges() {
      View crash =
          ClientHarness.next(view(View.Mode.CRASH, List.of(1, 1, 1), 1, 4), List.of(0, 1, 2));
      assertThatThrownBy(() -> harness.client.installView(crash))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Nested
  class Sending {
    @Test
    void sequencesCountFromOneInTheSession() {
      harness.invoke(1);
      harness.invoke(2);
      List<Request> requests = harness.requests();
      assertThat(requests).extracting(Request::sequence).containsExactly(1L, 2L);
      assertThat(requests).extracting(Request::session).containsOnly(ClientHarness.SESSION);
      assertThat(requests).extracting(Request::kind).containsOnly(Request.Kind.ORDERED);
    }

    @Test
    void goesToAllAndNamesOneReplier() {
      harness.invoke(1);
      assertThat(harness.receivers()).containsExactlyElementsOf(ALL);
      assertThat(harness.repliers()).hasSize(1).isSubsetOf(ALL);
    }

    @Test
    void retriesDoubleUpToTheCapAndNameOthers() {
      harness.invoke(1);
      int first = harness.repliers().get(0);
      harness.clear();
      // 100, then 200, 400, 400 later.
      for (long due : List.of(100L, 300L, 700L)) {
        harness.at(due - 1);
        assertThat(harness.sent).isEmpty();
        assertThat(harness.client.nextDeadline()).isEqualTo(due * ClientHarness.MILLI);
        harness.at(due);
        assertThat(harness.receivers()).containsExactlyElementsOf(ALL);
        assertThat(harness.repliers()).hasSize(1).doesNotContain(first);
        harness.clear();
      }
      harness.at(1099);
      assertThat(harness.sent).isEmpty();
      harness.at(1100);
      assertThat(harness.repliers()).containsExactly(first);
    }

    @Test
    void busyDelaysTheRetryOnce() {
      Request request = invoked(1);
      harness.plainFrom(ALL, request, Outcome.BUSY);
      harness.plainFrom(ALL, request, Outcome.BUSY);
      assertThat(harness.results).isEmpty();
      harness.at(199);
      assertThat(harness.sent).isEmpty();
      harness.at(200);
      assertThat(harness.receivers()).containsExactlyElementsOf(ALL);
    }

    @Test
    void busyIsNoVote() {
      Request request = invoked(1);
      harness.executedFrom(List.of(0, 1), request, "x");
      harness.plain(0, request, Outcome.BUSY);
      harness.executed(2, request, "x");
      assertThat(harness.value(1)).isEqualTo("x");
    }

    @Test
    void reconnectSendsAgainWhatIsUnanswered() {
      harness.invoke(1);
      harness.invoke(2);
      List<Request> requests = harness.requests();
      harness.executed(2, requests.get(0), "x");
      harness.client.onReconnect(2);
      assertThat(harness.receivers()).containsExactly(2);
      assertThat(harness.request()).isEqualTo(requests.get(1));
      harness.client.onReconnect(3);
      assertThat(harness.receivers()).containsExactly(3, 3);
      assertThat(harness.requests()).isEqualTo(requests);
      harness.client.onReconnect(9);
      assertThat(harness.sent).isEmpty();
    }

    @Test
    void signsOpensAndOrderedRequestsWhereTheViewSaysSo() {
      Signer signer = statement -> new Bytes(statement);
      View.Limits limits = ClientHarness.limits(4, View.RequestAuthentication.SIGNED);
      View signed = View.genesis(View.Mode.BYZANTINE, 1, List.of(1, 1, 1, 1), 1, limits);
      assertThatThrownBy(() -> new ClientHarness(signed))
          .isInstanceOf(IllegalArgumentException.class);

      ClientHarness other = new ClientHarness(signed, TIMING, 4, signer);
      other.client.openSession(HANDLE);
      assertSigned(other.lastOpen());
      ClientHarness ready = ClientHarness.open(new ClientHarness(signed, TIMING, 4, signer));
      ready.invoke(1);
      assertSigned(ready.request());
      ready.read(2);
      assertThat(ready.request().signature()).isEqualTo(Bytes.EMPTY);
      assertThat(invoked(1).signature()).isEqualTo(Bytes.EMPTY);
    }

    private void assertSigned(Request request) {
      byte[] statement = Statements.request(CLUSTER, request.digest());
      assertThat(request.signature()).isEqualTo(new Bytes(statement));
    }

    @Test
    void crashModeSignsNothing() {
      View.Limits limits = ClientHarness.limits(4, View.RequestAuthentication.SIGNED);
      View crash = View.genesis(View.Mode.CRASH, 1, List.of(1, 1, 1), 1, limits);
      ClientHarness other = ClientHarness.open(crash);
      other.invoke(1);
      assertThat(other.request().signature()).isEqualTo(Bytes.EMPTY);
    }
  }

  @Nested
  class WholeResults {
    @Test
    void quorumOfDigestsAsksAnotherReplierAtOnce() {
      harness.invoke(1);
      int named = harness.repliers().get(0);
      Request request = harness.request();
      for (int replica = 0; replica < 4; replica++) {
        if (replica != named) {
          harness.digestOnly(replica, request, "large");
        }
      }
      assertThat(harness.results).isEmpty();
      assertThat(harness.sent).hasSize(1);
      int asked = harness.receivers().get(0);
      assertThat(asked).isNotEqualTo(named);
      assertThat(harness.repliers()).containsExactly(asked);
      harness.executed(asked, request, "large");
      assertThat(harness.value(1)).isEqualTo("large");
    }

    @Test
    void asksOnlyWhoAgrees() {
      harness.invoke(1);
      int named = harness.repliers().get(0);
      int liar = (named + 1) % 4;
      Request request = harness.request();
      harness.executed(liar, request, "lie");
      ALL.stream()
          .filter(replica -> replica != liar)
          .forEach(replica -> harness.digestOnly(replica, request, "large"));
      assertThat(harness.receivers()).containsExactly((named + 2) % 4);
    }

    @Test
    void asksAtOnceOnlyOncePerRetry() {
      harness.invoke(1);
      int named = harness.repliers().get(0);
      Request request = harness.request();
      List<Integer> others = ALL.stream().filter(replica -> replica != named).toList();
      others.forEach(replica -> harness.digestOnly(replica, request, "large"));
      harness.clear();
      for (int i = 0; i < 10; i++) {
        harness.digestOnly(others.get(0), request, "other");
        harness.digestOnly(others.get(0), request, "large");
      }
      assertThat(harness.sent).isEmpty();
      harness.at(100);
      harness.clear();
      harness.digestOnly(others.get(0), request, "large");
      assertThat(harness.sent).hasSize(1);
    }

    @Test
    void digestAfterTheWholeResultKeepsIt() {
      Request request = invoked(1);
      harness.executed(0, request, "large");
      harness.digestOnly(0, request, "large");
      harness.digestOnly(1, request, "large");
      harness.digestOnly(2, request, "large");
      assertThat(harness.value(1)).isEqualTo("large");
    }

    @Test
    void wholeResultOfTheMinorityIsNotTaken() {
      Request request = invoked(1);
      harness.executed(3, request, "lie");
      List.of(0, 1, 2).forEach(replica -> harness.digestOnly(replica, request, "large"));
      assertThat(harness.results).isEmpty();
      harness.executed(1, request, "large");
      assertThat(harness.value(1)).isEqualTo("large");
    }
  }

  @Nested
  class CustomReplies {
    private static final ReplyComparator FIRST_BYTE =
        (one, other) -> one.array()[0] == other.array()[0];
    private static final ReplyExtractor JOINED =
        results -> bytes(results.stream().map(each -> text(each)).toList().toString());

    private static String text(Bytes bytes) {
      return new String(bytes.array(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private Request invokeCustom(ReplyComparator comparator, ReplyExtractor extractor) {
      harness.client.invoke(HANDLE, 1, bytes("op"), comparator, extractor);
      assertThat(harness.repliers()).containsExactly(-1);
      return harness.request();
    }

    @Test
    void comparatorGroupsAndExtractorCombines() {
      Request request = invokeCustom(FIRST_BYTE, JOINED);
      harness.executed(3, request, "a3");
      harness.executed(1, request, "b1");
      harness.executed(2, request, "a2");
      assertThat(harness.results).isEmpty();
      harness.executed(0, request, "a0");
      assertThat(harness.value(1)).isEqualTo("[a0, a2, a3]");
    }

    @Test
    void withoutExtractorTheFirstOfTheQuorumIsTaken() {
      Request request = invokeCustom(FIRST_BYTE, null);
      harness.executed(0, request, "b0");
      List.of(3, 2, 1).forEach(replica -> harness.executed(replica, request, "a" + replica));
      assertThat(harness.value(1)).isEqualTo("a1");
    }

    @Test
    void withoutComparatorResultsMustBeEqual() {
      Request request = invokeCustom(null, JOINED);
      harness.executed(0, request, "a");
      harness.executed(1, request, "b");
      harness.executed(2, request, "a");
      assertThat(harness.results).isEmpty();
      harness.executed(3, request, "a");
      assertThat(harness.value(1)).isEqualTo("[a, a, a]");
    }

    @Test
    void digestsDoNotCount() {
      Request request = invokeCustom(FIRST_BYTE, JOINED);
      ALL.forEach(replica -> harness.digestOnly(replica, request, "a"));
      assertThat(harness.results).isEmpty();
      assertThat(harness.ignored).containsOnly(Ignored.MALFORMED);
    }

    /** The application's code meets bytes that a faulty replica chose. */
    @Test
    void exceptionsOfTheApplicationAreNo() {
      Request request =
          invokeCustom(
              (one, other) -> one.array()[0] == other.array()[0],
              results -> {
                if (results.size() < 4) {
                  throw new IllegalStateException("too few");
                }
                return bytes("all");
              });
      harness.reply(0, request, Outcome.EXECUTED, Bytes.EMPTY); // comparing throws
      harness.executedFrom(List.of(1, 2, 3), request, "a");
      assertThat(harness.results).isEmpty();
      harness.executed(0, request, "a");
      assertThat(harness.value(1)).isEqualTo("all");
    }

    @Test
    void otherOutcomesAreComparedAsUsual() {
      Request request = invokeCustom((one, other) -> false, JOINED);
      harness.plainFrom(List.of(0, 1, 2), request, Outcome.FORGOTTEN);
      assertThat(harness.status(1)).isEqualTo(Status.FORGOTTEN);
    }

    /** Executed for certain, so it must not hold the window for ever. */
    @Test
    void callWithoutAgreementEndsAtItsTimeout() {
      Request request = invokeCustom((one, other) -> false, JOINED);
      ALL.forEach(replica -> harness.executed(replica, request, "a"));
      assertThat(harness.results).isEmpty();
      harness.at(1000);
      assertThat(harness.status(1)).isEqualTo(Status.FORGOTTEN);
      assertThat(harness.client.held()).isZero();
    }
  }

  @Nested
  class Reads {
    @Test
    void quorumOfEqualRepliesAnswers() {
      harness.read(1);
      Request read = harness.request();
      assertThat(read.kind()).isEqualTo(Request.Kind.UNORDERED);
      assertThat(read.session()).isZero();
      harness.executedFrom(List.of(0, 1), read, "x");
      assertThat(harness.results).isEmpty();
      harness.executed(3, read, "x");
      assertThat(harness.value(1)).isEqualTo("x");
      assertThat(harness.client.held()).isZero();
    }

    @Test
    void readsHaveNumbersOfTheirOwn() {
      harness.client.invokeUnordered(HANDLE, 1, bytes("same"));
      harness.client.invokeUnordered(HANDLE, 2, bytes("same"));
      List<Request> reads = harness.requests();
      assertThat(reads).hasSize(2);
      assertThat(reads.get(1).sequence()).isEqualTo(reads.get(0).sequence() + 1);
      assertThat(invoked(3).sequence()).isEqualTo(1);
    }

    /** Late replies to the same read of an earlier process must not count. */
    @Test
    void numbersDependOnTheSeed() {
      ClientConfig config =
          new ClientConfig(
              ClientHarness.ID, CLUSTER, byzantine(4), TIMING, Digest.hash(new byte[] {9}), 4);
      Client later =
          new Client(config, dev.lockstep.protocol.view.QuorumRule.STANDARD, null, harness);
      harness.client.invokeUnordered(HANDLE, 1, bytes("same"));
      Request read = harness.request();
      later.openSession(HANDLE);
      harness.clear();
      later.invokeUnordered(HANDLE, 2, bytes("same"));
      assertThat(harness.request().digest()).isNotEqualTo(read.digest());
    }

    @Test
    void isOrderedWhenNoQuorumIsPossible() {
      harness.read(1);
      Request read = harness.request();
      harness.executedFrom(List.of(0, 1), read, "x");
      harness.executed(2, read, "y");
      assertThat(harness.sent).isEmpty(); // the fourth may still agree
      harness.executed(3, read, "y");
      Request ordered = harness.request();
      assertThat(ordered.kind()).isEqualTo(Request.Kind.ORDERED);
      assertThat(ordered.sequence()).isEqualTo(1);
      assertThat(ordered.operation()).isEqualTo(read.operation());
      harness.executedFrom(ALL, read, "late");
      assertThat(harness.results).isEmpty();
      harness.executedFrom(List.of(0, 1, 2), ordered, "z");
      assertThat(harness.value(1)).isEqualTo("z");
    }

    @Test
    void possibilityIsAMatterOfWeight() {
      ClientHarness weighted =
          ClientHarness.open(view(View.Mode.BYZANTINE, List.of(2, 2, 1, 1, 1), 1, 4));
      weighted.read(1); // 5 of 7
      Request read = weighted.request();
      weighted.executed(0, read, "x");
      weighted.executed(2, read, "y");
      assertThat(weighted.sent).isEmpty(); // x may get 2 + 4
      weighted.executed(1, read, "z");
      assertThat(weighted.request().kind()).isEqualTo(Request.Kind.ORDERED);
    }

    @Test
    void isOrderedAfterTheReadTimeout() {
      harness.read(1);
      harness.clear();
      harness.at(49);
      assertThat(harness.sent).isEmpty();
      assertThat(harness.client.nextDeadline()).isEqualTo(50 * ClientHarness.MILLI);
      harness.at(50);
      assertThat(harness.request().kind()).isEqualTo(Request.Kind.ORDERED);
    }

    @Test
    void isOrderedWhenTheGroupRefusesUnorderedOnes() {
      harness.read(1);
      harness.plainFrom(List.of(0, 1, 2), harness.request(), Outcome.REFUSED);
      assertThat(harness.request().kind()).isEqualTo(Request.Kind.ORDERED);
    }

    @Test
    void needsNoOpenSessionButTheOrderedOneDoes() {
      ClientHarness opening = new ClientHarness(byzantine(4));
      opening.client.openSession(HANDLE);
      opening.clear();
      opening.read(1);
      assertThat(opening.request().kind()).isEqualTo(Request.Kind.UNORDERED);
      opening.at(50);
      assertThat(opening.sent).isEmpty();
      opening.at(100);
      opening.answerOpen(new dev.lockstep.protocol.message.OpenedResult(5, -1, List.of()));
      assertThat(opening.requests())
          .extracting(Request::kind)
          .containsExactly(Request.Kind.OPEN, Request.Kind.ORDERED);
    }

    /** F7: a reader in an old view must not believe a quorum of another one. */
    @Test
    void onlyTheOwnViewCounts() {
      harness.read(1);
      Request read = harness.request();
      Digest digest = ResultDigest.of(Outcome.EXECUTED, bytes("x"));
      ALL.forEach(
          replica ->
              harness.client.onReply(
                  replica, reply(read, 1, Outcome.EXECUTED, digest, bytes("x"))));
      assertThat(harness.results).isEmpty();
      assertThat(harness.sent).isEmpty();
    }

    @Test
    void customReadsAreGroupedByTheComparator() {
      harness.client.invokeUnordered(
          HANDLE,
          1,
          bytes("read"),
          (one, other) -> one.length() == other.length(),
          results -> bytes("of " + results.size()));
      assertThat(harness.repliers()).containsExactly(-1);
      Request read = harness.request();
      List.of(0, 1, 2).forEach(replica -> harness.executed(replica, read, "a" + replica));
      assertThat(harness.value(1)).isEqualTo("of 3");
    }
  }
}
