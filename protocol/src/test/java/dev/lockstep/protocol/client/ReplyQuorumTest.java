package dev.lockstep.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.client.ClientActions.Ignored;
import dev.lockstep.protocol.message.Message.Outcome;
import dev.lockstep.protocol.message.Request;
import org.junit.jupiter.api.Test;

/** Which replies count and what enough of them say (RULES 29 to 31). */
class ReplyQuorumTest {
  private static final Bytes RESULT = ClientHarness.bytes("result");

  private final ClientParts parts = new ClientParts(ClientHarness.byzantine(4), null);
  private final ReplyQuorum quorum = parts.quorum;
  private final Session session = new Session(1);
  private final Pending pending = launched(Request.Kind.ORDERED, ClientParts.call(null, null));

  private Pending launched(Request.Kind kind, Pending.Call call) {
    return parts.launched(session, kind, call, 1);
  }

  private Ignored reason(Pending to, Outcome outcome, Bytes result) {
    return quorum.reasonToIgnore(1, to, ClientParts.reply(to, outcome, result));
  }

  @Test
  void tellsWhyAReplyDoesNotCount() {
    var good = ClientParts.reply(pending, Outcome.EXECUTED, RESULT);
    assertThat(quorum.reasonToIgnore(1, pending, good)).isNull();
    assertThat(quorum.reasonToIgnore(-1, pending, good)).isEqualTo(Ignored.NOT_A_MEMBER);
    assertThat(quorum.reasonToIgnore(1, null, good)).isEqualTo(Ignored.UNKNOWN_REQUEST);
    var otherView =
        ClientHarness.reply(pending.request, 1, Outcome.EXECUTED, good.resultDigest(), RESULT);
    assertThat(quorum.reasonToIgnore(1, pending, otherView)).isEqualTo(Ignored.OTHER_VIEW);
    var lie = ClientHarness.reply(pending.request, 0, Outcome.EXECUTED, Digest.ZERO, RESULT);
    assertThat(quorum.reasonToIgnore(1, pending, lie)).isEqualTo(Ignored.MALFORMED);
    Pending other = parts.launched(session, Request.Kind.ORDERED, null, 2);
    assertThat(quorum.reasonToIgnore(1, other, good)).isEqualTo(Ignored.UNKNOWN_REQUEST);
  }

  @Test
  void noCorrectReplicaAnswersOtherwise() {
    Pending open = launched(Request.Kind.OPEN, null);
    Pending read = launched(Request.Kind.UNORDERED, ClientParts.call(null, null));
    Pending close = launched(Request.Kind.CLOSE, null);
    assertThat(reason(open, Outcome.EXECUTED, RESULT)).isEqualTo(Ignored.MALFORMED);
    assertThat(reason(open, Outcome.OPENED, RESULT)).isNull();
    assertThat(reason(open, Outcome.CONFLICT, Bytes.EMPTY)).isEqualTo(Ignored.MALFORMED);
    assertThat(reason(pending, Outcome.OPENED, RESULT)).isEqualTo(Ignored.MALFORMED);
    assertThat(reason(read, Outcome.EXPIRED, Bytes.EMPTY)).isEqualTo(Ignored.MALFORMED);
    assertThat(reason(read, Outcome.FORGOTTEN, Bytes.EMPTY)).isEqualTo(Ignored.MALFORMED);
    assertThat(reason(close, Outcome.CONFLICT, Bytes.EMPTY)).isNull();
    assertThat(reason(close, Outcome.BUSY, Bytes.EMPTY)).isNull();
  }

  /** Digests of results that may differ say nothing. */
  @Test
  void aCustomCallWantsResultsWhole() {
    Pending custom = launched(Request.Kind.ORDERED, ClientParts.call(Bytes::equals, null));
    assertThat(quorum.reasonToIgnore(1, custom, ClientParts.digestOnly(custom, RESULT)))
        .isEqualTo(Ignored.MALFORMED);
    assertThat(quorum.reasonToIgnore(1, pending, ClientParts.digestOnly(pending, RESULT))).isNull();
  }

  @Test
  void aQuorumIsEqualRepliesOfAVoteQuorum() {
    pending.ballot.put(0, ClientParts.reply(pending, Outcome.EXECUTED, RESULT));
    assertThat(quorum.answerOrNull(pending, 0)).isNull();
    pending.ballot.put(1, ClientParts.reply(pending, Outcome.EXECUTED, Bytes.EMPTY));
    pending.ballot.put(2, ClientParts.digestOnly(pending, RESULT));
    assertThat(quorum.answerOrNull(pending, 2)).isNull();
    assertThat(quorum.isHopeless(pending)).isFalse();
    pending.ballot.put(3, ClientParts.digestOnly(pending, RESULT));
    assertThat(quorum.answerOrNull(pending, 1)).isNull();
    assertThat(quorum.answerOrNull(pending, 3))
        .isEqualTo(new ReplyQuorum.Answer(Outcome.EXECUTED, 0b1101));
    assertThat(quorum.valueOrAsk(pending, 0b1101)).isEqualTo(RESULT);
  }

  @Test
  void asksOneThatSentOnlyTheDigest() {
    parts.receivers();
    for (int position = 1; position < 4; position++) {
      pending.ballot.put(position, ClientParts.digestOnly(pending, RESULT));
    }
    assertThat(quorum.valueOrAsk(pending, 0b1110)).isNull();
    assertThat(quorum.wholeOrAsk(pending, 0b1110)).isNull();
    assertThat(parts.receivers()).containsExactly(1);
    pending.ballot.put(1, ClientParts.reply(pending, Outcome.EXECUTED, RESULT));
    assertThat(quorum.wholeOrAsk(pending, 0b1110)).isEqualTo(RESULT);
  }

  @Test
  void splitRepliesAreHopeless() {
    pending.ballot.put(0, ClientParts.digestOnly(pending, RESULT));
    pending.ballot.put(1, ClientParts.digestOnly(pending, Bytes.EMPTY));
    assertThat(quorum.isHopeless(pending)).isFalse();
    pending.ballot.put(2, ClientParts.digestOnly(pending, ClientHarness.bytes("third")));
    assertThat(quorum.isHopeless(pending)).isTrue();
  }

  /** The application's code meets bytes that a faulty replica has chosen. */
  @Test
  void anExtractorThatThrowsMakesNoValue() {
    Pending.Call throwing =
        ClientParts.call(
            Bytes::equals,
            results -> {
              throw new IllegalArgumentException("cannot be parsed");
            });
    Pending custom = launched(Request.Kind.ORDERED, throwing);
    custom.ballot.put(0, ClientParts.reply(custom, Outcome.EXECUTED, RESULT));
    assertThat(quorum.valueOrAsk(custom, 0b1)).isNull();
  }
}
