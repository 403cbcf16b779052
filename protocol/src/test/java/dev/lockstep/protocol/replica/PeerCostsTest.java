package dev.lockstep.protocol.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one replica or client can make a correct replica hold, send and compute. */
class PeerCostsTest {
  private static final int W = 8;

  private final View view = Views.byzantine(4, 1, W);

  private static Request request(long client, long session, int bytes) {
    return new Request(
        Request.Kind.ORDERED,
        new ClientId(7, client),
        session,
        1,
        new Bytes(new byte[bytes]),
        Bytes.EMPTY);
  }

  // -------- requests in sessions that never were

  private static void inventSessions(ReplicaHarness replica, int requests) {
    for (int i = 0; i < requests; i++) {
      replica.request(
          new ClientId(7, 1), new Message.ClientRequest(request(1, (1L << 40) + i, 8), -1));
    }
  }

  @Test
  void requestsInInventedSessionsLeave() {
    ReplicaHarness follower = new ReplicaHarness(1, view, ReplicaConfig.Budgets.defaults());
    DecisionChain chain = new DecisionChain(view);
    inventSessions(follower, 4096);
    assertThat(follower.replica.pendingRequests()).isEqualTo(4096);
    for (long t = 1; t <= 20; t++) {
      follower.receive(0, new Message.Decision(chain.batch(t), chain.certificate(t), List.of()));
      follower.advance(100_000);
    }
    assertThat(follower.replica.lastDelivered()).isEqualTo(20);
    assertThat(follower.replica.pendingRequests()).as("after two seconds").isZero();
  }

  private static void open(ReplicaHarness leader, int client) {
    Bytes operation = new OpenSession(client, ReplicaHarness.WALL + 20_000_000, 0).encode();
    ClientId id = new ClientId(8, client);
    leader.request(
        id,
        new Message.ClientRequest(
            new Request(Request.Kind.OPEN, id, 0, 0, operation, Bytes.EMPTY), -1));
  }

  /** Of some requests that come one after the other the first makes a batch, and the others one. */
  private long proposals(int invented) {
    ReplicaHarness leader = new ReplicaHarness(0, view, ReplicaConfig.Budgets.defaults());
    inventSessions(leader, invented);
    for (int client = 0; client < 6; client++) {
      open(leader, client);
    }
    leader.advance(4_000);
    return leader.sent.stream()
        .filter(sent -> sent.message() instanceof Message.Propose)
        .map(sent -> ((Message.Propose) sent.message()).instance())
        .distinct()
        .count();
  }

  @Test
  void batchesFillUnlessSessionsAreInvented() {
    assertThat(proposals(0)).isEqualTo(2);
  }

  @Test
  void batchesFillAlthoughSessionsAreInvented() {
    assertThat(proposals(256)).isEqualTo(2);
  }
}
