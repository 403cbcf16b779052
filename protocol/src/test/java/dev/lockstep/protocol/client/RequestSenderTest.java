package dev.lockstep.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** To all, later and later, each time with another replier, until it is forgotten. */
class RequestSenderTest {
  private final View view = ClientHarness.byzantine(4);
  private final ClientParts parts = new ClientParts(view, null);
  private final RequestSender sender = parts.sender;
  private final Session session = new Session(1);

  private Pending launched() {
    return parts.launched(session, Request.Kind.ORDERED, ClientParts.call(null, null), 1);
  }

  private List<Integer> repliers() {
    return parts.sent.stream()
        .map(sent -> sent.message().replier())
        .distinct()
        .collect(Collectors.toList());
  }

  @Test
  void sendsToAllWithBackOffUpToTheCap() {
    Pending pending = parts.launched(session, Request.Kind.ORDERED, null, 1);
    long[] intervals = {100, 200, 400, 400};
    long at = 0;
    for (int retry = 0; retry < intervals.length; retry++) {
      assertThat(repliers()).containsExactly(retry % 4);
      assertThat(parts.receivers()).containsExactly(0, 1, 2, 3);
      at += intervals[retry];
      assertThat(sender.nextDeadline()).isEqualTo(at * ClientHarness.MILLI);
      parts.at(at - 1);
      assertThat(sender.dueOrNull()).isNull();
      parts.at(at);
      assertThat(sender.dueOrNull()).isSameAs(pending);
      sender.retransmit(pending);
    }
  }

  @Test
  void whatIsForgottenIsNeitherSentNorAnswered() {
    Pending pending = launched();
    assertThat(sender.underWayOrNull(pending.request.digest())).isSameAs(pending);
    sender.forget(pending);
    assertThat(sender.underWayOrNull(pending.request.digest())).isNull();
    assertThat(sender.nextDeadline()).isEqualTo(Long.MAX_VALUE);
    parts.receivers();
    sender.resendTo(2);
    assertThat(parts.sent).isEmpty();
  }

  @Test
  void aNewChannelGetsWhatItsReplicaHasNotAnswered() {
    Pending pending = launched();
    parts.receivers();
    sender.resendTo(2);
    sender.resendTo(9);
    assertThat(parts.receivers()).containsExactly(2);
    pending.ballot.put(2, ClientParts.digestOnly(pending, Bytes.EMPTY));
    sender.resendTo(2);
    assertThat(parts.receivers()).isEmpty();
    session.state = Session.State.REOPENING;
    sender.resendTo(1);
    assertThat(parts.receivers()).isEmpty();
  }

  /** Replicas without room must not be asked more often, however many of them say so. */
  @Test
  void busyDelaysOnceForEachRetry() {
    Pending pending = launched();
    sender.delay(pending);
    sender.delay(pending);
    assertThat(sender.nextDeadline()).isEqualTo(200 * ClientHarness.MILLI);
    parts.at(200);
    sender.retransmit(pending);
    assertThat(sender.nextDeadline()).isEqualTo(400 * ClientHarness.MILLI);
    sender.delay(pending);
    assertThat(sender.nextDeadline()).isEqualTo(600 * ClientHarness.MILLI);
  }

  @Test
  void asksOneOfTheQuorumForTheWholeOnceForEachRetry() {
    Pending pending = launched();
    parts.receivers();
    sender.askForWhole(pending, 0b1100);
    sender.askForWhole(pending, 0b1100);
    assertThat(repliers()).containsExactly(2);
    assertThat(parts.receivers()).containsExactly(2);
    sender.retransmit(pending);
    assertThat(repliers()).containsExactly(3);
    parts.receivers();
    sender.askForWhole(pending, 0b1100);
    assertThat(parts.receivers()).containsExactly(2);
  }

  /** RULES 30: replies that may differ in bytes are wanted whole from everybody. */
  @Test
  void aCustomCallNamesNoReplier() {
    Pending.Call custom = ClientParts.call(Bytes::equals, null);
    parts.launched(session, Request.Kind.ORDERED, custom, 1);
    assertThat(repliers()).containsExactly(-1);
  }

  @Test
  void anotherViewStartsAnewWithItsMembers() {
    Pending pending = launched();
    pending.ballot.put(2, ClientParts.digestOnly(pending, Bytes.EMPTY));
    parts.at(100);
    sender.retransmit(pending);
    parts.receivers();
    sender.install(ClientHarness.next(view, List.of(0, 1, 2, 7)));
    assertThat(parts.receivers()).containsExactly(0, 1, 2, 7);
    assertThat(pending.ballot.has(2)).isFalse();
    assertThat(sender.nextDeadline()).isEqualTo(200 * ClientHarness.MILLI);
  }

  @Test
  void signsInSignedViewsOnly() {
    View signed =
        ClientHarness.next(
            view, List.of(0, 1, 2, 3), ClientHarness.limits(4, RequestAuthentication.SIGNED));
    Bytes signature = ClientHarness.bytes("signature");
    ClientParts signing = new ClientParts(signed, statement -> signature);
    signing.launched(session, Request.Kind.ORDERED, null, 1);
    signing.launched(session, Request.Kind.UNORDERED, null, 2);
    assertThat(signing.sent.stream().map(sent -> sent.request().signature()).distinct())
        .containsExactly(signature, Bytes.EMPTY);
    assertThatThrownBy(() -> new ClientParts(signed, null))
        .isInstanceOf(IllegalArgumentException.class);
    Pending pending = launched();
    assertThat(pending.request.signature()).isEqualTo(Bytes.EMPTY);
    assertThatThrownBy(() -> sender.install(signed)).isInstanceOf(IllegalArgumentException.class);
    assertThat(sender.view()).isEqualTo(view);
  }

  @Test
  void timesThatNeverComeDoNotOverflow() {
    assertThat(RequestSender.sum(5, Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    parts.at(10);
    assertThat(sender.after(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThat(new Message.ClientRequest(launched().request, -1)).isNotNull();
  }
}
