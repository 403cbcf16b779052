package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.view.View;
import dev.lockstep.replica.RequestIntake.Incoming;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The gate with its lanes and routes, on two client loops and a protocol loop. */
class ClientGateTest {
  private static final ClientId ALICE = new ClientId(0, 1);
  private static final ClientId BOB = new ClientId(0, 2);
  private static final Bytes SIGNATURE = new Bytes(new byte[] {7});
  private static final byte[] UNWANTED = {13};
  private static final byte[] UNJUDGED = {14};

  private static final Verifier VERIFIER =
      new Verifier() {
        @Override
        public boolean replica(int replica, byte[] statement, Bytes signature) {
          return false;
        }

        @Override
        public boolean client(ClientId client, byte[] statement, Bytes signature) {
          return signature.equals(SIGNATURE);
        }
      };

  private final View view =
      View.genesis(
          View.Mode.BYZANTINE,
          1,
          List.of(1, 1, 1, 1),
          1,
          View.Limits.defaults(View.RequestAuthentication.SIGNED));
  private final ReplicaCounters counters = new ReplicaCounters(0, 1, 2, 3);
  private final TestLoop protocol = new TestLoop();
  private final TestLoop one = new TestLoop();
  private final TestLoop two = new TestLoop();
  private final List<Incoming> arrived = new ArrayList<>();
  private final ClientRoutes routes = new ClientRoutes();
  private final ClientGate gate =
      new ClientGate(
          protocol.loop(),
          new RequestHandover(protocol.loop(), arrived::addAll),
          new RequestIntake(
              view,
              Digest.ZERO,
              VERIFIER,
              (client, command) -> {
                if (command[0] == UNJUDGED[0]) {
                  throw new StackOverflowError("what is this?");
                }
                return command[0] != UNWANTED[0];
              },
              counters),
          routes,
          counters);

  private FakeConnection connect(ClientId client, TestLoop loop) {
    FakeConnection connection = new FakeConnection(client, loop.loop());
    gate.onConnected(connection);
    protocol.run();
    return connection;
  }

  private static byte[] request(
      ClientId client, Request.Kind kind, byte[] command, Bytes signature) {
    return Codec.encode(
        new Message.ClientRequest(
            new Request(kind, client, 1, 1, new Bytes(command), signature), 0));
  }

  private void arrive(FakeConnection connection, byte[] bytes) {
    gate.onMessage(connection, bytes);
    one.run();
    two.run();
    protocol.run();
  }

  private void reply(ClientId client) {
    routes.reply(
        client,
        new Message.Reply(
            0,
            1,
            1,
            Digest.ZERO,
            Message.Outcome.EXECUTED,
            ResultDigest.of(Message.Outcome.EXECUTED, Bytes.EMPTY),
            Bytes.EMPTY,
            1));
    routes.flush();
    one.run();
    two.run();
  }

  @Test
  void bothConnectionsOfOneIdentityGetTheReplyAndNobodyElse() {
    FakeConnection first = connect(ALICE, one);
    FakeConnection second = connect(ALICE, two);
    FakeConnection other = connect(BOB, one);
    assertThat(routes.clients()).isEqualTo(2);
    reply(ALICE);
    assertThat(first.flushed).isEqualTo(1);
    assertThat(second.flushed).isEqualTo(1);
    assertThat(other.sent).isEmpty();

    gate.onDisconnected(first);
    protocol.run();
    reply(ALICE);
    assertThat(first.flushed).isEqualTo(1);
    assertThat(second.flushed).isEqualTo(2);
    gate.onDisconnected(second);
    protocol.run();
    assertThat(routes.clients()).isEqualTo(1);
    reply(ALICE);
  }

  @Test
  void aRequestInOrderArrives() {
    FakeConnection alice = connect(ALICE, one);
    arrive(alice, request(ALICE, Request.Kind.ORDERED, new byte[] {1}, SIGNATURE));
    arrive(alice, request(ALICE, Request.Kind.UNORDERED, new byte[] {1}, Bytes.EMPTY));
    assertThat(arrived).extracting(Incoming::client).containsExactly(ALICE, ALICE);
    assertThat(alice.isRead).isTrue();
  }

  @Test
  void whatIsNoRequestOfThatClientIsDroppedAndItsSenderReadLess() {
    for (byte[] bytes :
        List.of(
            new byte[] {1, 2, 3},
            Codec.encode(new Message.Push(1, 1, 1, Bytes.EMPTY)),
            request(BOB, Request.Kind.ORDERED, new byte[] {1}, SIGNATURE),
            request(ALICE, Request.Kind.ORDERED, new byte[] {1}, Bytes.EMPTY))) {
      FakeConnection alice = connect(ALICE, one);
      arrive(alice, bytes);
      assertThat(arrived).isEmpty();
      assertThat(alice.sent).isEmpty();
      assertThat(alice.isRead).isFalse();
    }
  }

  @Test
  void whatTheServiceDoesNotWantOrCannotJudgeIsRefused() throws DecodeException {
    FakeConnection alice = connect(ALICE, one);
    arrive(alice, request(ALICE, Request.Kind.ORDERED, UNWANTED, SIGNATURE));
    arrive(alice, request(ALICE, Request.Kind.UNORDERED, UNJUDGED, Bytes.EMPTY));
    assertThat(arrived).isEmpty();
    assertThat(alice.flushed).isEqualTo(2);
    for (byte[] answer : alice.sent) {
      Message.Reply refusal = (Message.Reply) Codec.decode(answer, view.codecLimits());
      assertThat(refusal.outcome()).isEqualTo(Message.Outcome.REFUSED);
    }
    // An OPEN is none of the service's business.
    arrive(alice, request(ALICE, Request.Kind.OPEN, UNWANTED, SIGNATURE));
    assertThat(arrived).hasSize(1);
  }
}
