package dev.lockstep.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.replica.ClientLane.Outgoing;
import dev.lockstep.replica.RequestIntake.Incoming;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientLaneTest {
  private static final ClientId ALICE = new ClientId(0, 1);
  private static final ClientId BOB = new ClientId(0, 2);

  private final TestLoop loop = new TestLoop();

  /** What the protocol loop has not run yet. */
  private final ArrayDeque<Runnable> protocol = new ArrayDeque<>();

  private final List<List<Incoming>> bundles = new ArrayList<>();
  private long now = 1;
  private final ClientLane lane =
      new ClientLane(
          loop.loop(),
          new RequestHandover(protocol::add, bundles::add),
          new ReplicaCounters(0),
          () -> now);
  private final FakeConnection alice = connect(ALICE);
  private final FakeConnection bob = connect(BOB);

  private FakeConnection connect(ClientId client) {
    FakeConnection connection = new FakeConnection(client, loop.loop());
    lane.add(connection);
    return connection;
  }

  private static Incoming request(ClientId client, long sequence) {
    return new Incoming(
        client,
        new Message.ClientRequest(
            new Request(Request.Kind.ORDERED, client, 1, sequence, Bytes.EMPTY, Bytes.EMPTY), 0));
  }

  private static Message.Reply reply(Message.Outcome outcome) {
    return new Message.Reply(
        0, 1, 1, Digest.ZERO, outcome, ResultDigest.of(outcome, Bytes.EMPTY), Bytes.EMPTY, 1);
  }

  private void runProtocol() {
    while (!protocol.isEmpty()) {
      protocol.remove().run();
    }
  }

  @Test
  void oneBundleForATurnHoweverManyClientsBringRequests() {
    lane.take(request(ALICE, 1));
    lane.take(request(BOB, 1));
    lane.take(request(ALICE, 2));
    loop.run();
    lane.take(request(BOB, 2));
    loop.run();
    runProtocol();
    assertThat(bundles)
        .containsExactly(
            List.of(bundles.get(0).get(0), bundles.get(0).get(1), bundles.get(0).get(2)),
            List.of(bundles.get(1).get(0)));
    assertThat(bundles.get(0)).extracting(Incoming::client).containsExactly(ALICE, BOB, ALICE);
  }

  @Test
  void nobodyIsReadWhileTheProtocolIsBehind() {
    Incoming one = request(ALICE, 1);
    for (int i = 0; i <= RequestHandover.WAITING_HIGH; i++) {
      lane.take(one);
    }
    loop.run();
    assertThat(alice.isRead || bob.isRead).isFalse();
    FakeConnection late = connect(new ClientId(0, 3));
    assertThat(late.isRead).isFalse();
    loop.advanceMillis(50);
    assertThat(bob.isRead).isFalse();
    runProtocol();
    loop.advanceMillis(2);
    assertThat(alice.isRead && bob.isRead && late.isRead).isTrue();
  }

  @Test
  void whoDoesNotReadRepliesIsNotRead() {
    alice.isWritable = false;
    lane.post(
        List.of(
            new Outgoing(alice, reply(Message.Outcome.EXECUTED)),
            new Outgoing(bob, reply(Message.Outcome.EXECUTED))));
    loop.run();
    assertThat(alice.flushed).isEqualTo(1);
    assertThat(alice.isRead).isFalse();
    assertThat(bob.isRead).isTrue();
    alice.isWritable = true;
    lane.onWritable(alice);
    assertThat(alice.isRead).isTrue();
  }

  @Test
  void whoIsOverItsBudgetIsNotReadForAWhile() {
    lane.post(List.of(new Outgoing(alice, reply(Message.Outcome.BUSY))));
    loop.run();
    assertThat(alice.sent).hasSize(1);
    assertThat(alice.isRead).isFalse();
    assertThat(bob.isRead).isTrue();
    // Being writable again does not end the pause.
    lane.onWritable(alice);
    assertThat(alice.isRead).isFalse();
    now += Penalties.PAUSE_NANOS;
    loop.advanceMillis(Penalties.PAUSE_NANOS / 1_000_000);
    assertThat(alice.isRead).isTrue();
  }

  @Test
  void whatComesForAConnectionThatIsGoneLeavesNothingBehind() {
    lane.remove(alice);
    lane.post(List.of(new Outgoing(alice, reply(Message.Outcome.BUSY))));
    loop.run();
    assertThat(alice.sent).isEmpty();
    assertThat(alice.isRead).isTrue();
  }
}
