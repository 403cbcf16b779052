package dev.lockstep.network;

import static dev.lockstep.network.PeerCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.Digest;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Replicas that are not what they say, or misbehave on their links. */
class HostilePeersTest {
  private static final NetworkLimits SMALL =
      new NetworkLimits(1 << 20, 1 << 20, 8 << 20, 8 << 20, 250, 3000, 600, 64, 32, 1, 1, 20, 200);

  private static PeerCluster plaintext(int replicas) {
    return new PeerCluster(replicas, SMALL, false, SslProvider.JDK).startAll();
  }

  /** Replica 0 expects a replica 9 too, which will be a stranger. */
  private static void expectNine(PeerCluster cluster) {
    PeerCluster.Node node = cluster.node(0);
    List<Endpoint> others = Stream.concat(cluster.othersOf(0).stream(), Stream.of(NINE)).toList();
    node.onLoop(() -> node.links.setEndpoints(others));
  }

  private static final Endpoint NINE = new Endpoint(9, "127.0.0.1", 1);

  private static Stranger nine(PeerCluster cluster) throws IOException {
    return Stranger.at(cluster.node(0).address)
        .greet(new Greeting.ReplicaHello(PeerCluster.CLUSTER, 0, 9));
  }

  @ParameterizedTest
  @EnumSource(
      value = SslProvider.class,
      names = {"JDK", "OPENSSL"})
  void aReplicaWithAKeyThatNobodyKnows(SslProvider provider) throws InterruptedException {
    try (PeerCluster cluster = new PeerCluster(3, NetworkLimits.forPeers(), true, provider)) {
      cluster.start(0);
      cluster.start(1, Identities.create("replica1"), PeerCluster.CLUSTER);
      cluster.start(2);
      for (int id = 0; id < 3; id++) {
        cluster.introduce(id);
      }
      // 1 dials 0, and 2 dials 1.
      await(
          "0 sees a wrong certificate",
          () -> cluster.node(0).counters.total(Event.WRONG_CERTIFICATE) > 0);
      await(
          "2 sees a wrong certificate",
          () -> cluster.node(2).counters.of(Event.WRONG_CERTIFICATE, 1) > 0);
      await("0 and 2 are connected", () -> cluster.node(0).isConnected(2));
      assertThat(cluster.node(0).isConnected(1)).isFalse();
      assertThat(cluster.node(2).isConnected(1)).isFalse();
    }
  }

  @Test
  void aReplicaWithTheKeyOfAnother() {
    try (PeerCluster cluster = PeerCluster.withTls(3)) {
      cluster.start(0);
      cluster.start(1, cluster.identities.replica(2), PeerCluster.CLUSTER);
      cluster.start(2);
      for (int id = 0; id < 3; id++) {
        cluster.introduce(id);
      }
      await("0 refuses it", () -> cluster.node(0).counters.total(Event.HELLO_REFUSED) > 0);
      await("it is told so", () -> cluster.node(1).counters.of(Event.REFUSED_BY_OTHER, 0) > 0);
      await("2 does not take it", () -> cluster.node(2).connects(1) == 0);
      assertThat(cluster.node(0).connects(1)).isZero();
    }
  }

  /** Of another cluster, or one to which another cluster.yaml was given. */
  @ParameterizedTest
  @CsvSource({"9, 5", "1, 9"})
  void aReplicaOfAnotherGroup(long cluster1, long configuration) {
    GroupId of = new GroupId(new Digest(cluster1, 2, 3, 4), new Digest(configuration, 6, 7, 8));
    try (PeerCluster cluster = PeerCluster.withTls(2)) {
      cluster.start(0);
      cluster.start(1, cluster.identities.replica(1), of);
      cluster.introduce(0);
      cluster.introduce(1);
      await("refused", () -> cluster.node(1).counters.of(Event.REFUSED_BY_OTHER, 0) > 2);
      assertThat(cluster.node(0).connects(1)).isZero();
    }
  }

  @Test
  void aReplicaThatIsNoMember() throws IOException {
    try (PeerCluster cluster = plaintext(1);
        Stranger stranger = nine(cluster)) {
      assertThat(stranger.receive())
          .isEqualTo(new Greeting.Refusal(Greeting.Reason.MEMBERSHIP).encode());
    }
  }

  @Test
  void theNewerConnectionCounts() throws IOException, InterruptedException {
    try (PeerCluster cluster = plaintext(1)) {
      expectNine(cluster);
      PeerCluster.Node node = cluster.node(0);
      try (Stranger older = nine(cluster)) {
        older.receive();
        older.frame(new byte[] {1});
        assertThat(node.next().bytes()).containsExactly(1);
        try (Stranger newer = nine(cluster)) {
          newer.receive();
          newer.frame(new byte[] {2});
          assertThat(node.next().bytes()).containsExactly(2);
          older.awaitEnd();
          assertThat(node.connects(9)).isEqualTo(2);
          assertThat(node.isConnected(9)).isTrue();
          assertThat(node.counters.of(Event.REPLACED, 9)).isEqualTo(1);
        }
        await("gone", () -> !node.isConnected(9));
      }
    }
  }

  @Test
  void aReplicaThatConnectsAgainAndAgainIsSlowedDown() throws IOException {
    try (PeerCluster cluster = plaintext(1)) {
      expectNine(cluster);
      int welcomed = 0;
      for (int i = 0; i < 200; i++) {
        try (Stranger stranger = nine(cluster)) {
          if (stranger.receive().length > 10) {
            welcomed++;
          }
        }
      }
      assertThat(welcomed).isBetween(10, 60);
    }
  }

  @Test
  void aSilentConnectionIsGivenUpAndAQuietOneIsKept() throws IOException {
    try (PeerCluster cluster = plaintext(2)) {
      expectNine(cluster);
      await("connected", () -> cluster.node(0).isConnected(1) && cluster.node(1).isConnected(0));
      try (Stranger stranger = nine(cluster)) {
        stranger.receive();
        await("silent", () -> cluster.node(0).counters.of(Event.IDLE_CLOSED, 9) == 1);
        stranger.awaitEnd();
      }
      assertThat(cluster.node(0).connects(1)).isEqualTo(1);
      assertThat(cluster.node(0).isConnected(1)).isTrue();
      assertThat(cluster.node(0).counters.total(Event.MESSAGES_IN)).isZero();
    }
  }

  @Test
  void aReplicaThatNeverReadsCostsItsBudgetOnly() throws IOException, InterruptedException {
    try (PeerCluster cluster = plaintext(2)) {
      expectNine(cluster);
      PeerCluster.Node node = cluster.node(0);
      await("connected", () -> node.isConnected(1) && cluster.node(1).isConnected(0));
      try (Stranger stranger = nine(cluster)) {
        await("connected", () -> node.isConnected(9));
        byte[] large = new byte[1 << 20];
        for (int i = 0; i < 40; i++) {
          node.onLoop(
              () -> {
                node.links.broadcast(large);
                node.links.flush();
              });
          assertThat(cluster.node(1).next().bytes()).hasSize(large.length);
          stranger.frame(new byte[] {1});
        }
        assertThat(node.counters.of(Event.DROPPED_OVER_BUDGET, 9)).isBetween(10L, 40L);
        assertThat(node.counters.of(Event.DROPPED_OVER_BUDGET, 1)).isZero();
        assertThat(node.isConnected(9)).isTrue();
      }
    }
  }

  /** Without turns, 128 KB of short messages are processed at once: here a tenth of a second. */
  @Test
  void aFloodStarvesNobody() throws InterruptedException {
    try (PeerCluster cluster =
        new PeerCluster(3, NetworkLimits.forPeers(), true, Tls.bestProvider()).startAll()) {
      await("connected", cluster::isComplete);
      PeerCluster.Node victim = cluster.node(0);
      PeerCluster.Node flooder = cluster.node(1);
      PeerCluster.Node correct = cluster.node(2);
      victim.onMessage =
          (peer, message) -> {
            if (peer == correct.id) {
              victim.links.send(peer, message);
            } else {
              long start = System.nanoTime();
              while (System.nanoTime() - start < 50_000) {
                Thread.onSpinWait();
              }
            }
          };
      byte[] shortMessage = new byte[60];
      Runnable flood =
          new Runnable() {
            @Override
            public void run() {
              for (int i = 0; i < 2000; i++) {
                flooder.links.send(0, shortMessage);
              }
              flooder.links.flush();
              if (!flooder.loop.isShuttingDown()) {
                flooder.loop.schedule(this, 10, TimeUnit.MILLISECONDS);
              }
            }
          };
      flooder.onLoop(flood);
      await("the flood has come", () -> victim.counters.of(Event.BYTES_IN, flooder.id) > 100_000);
      long[] nanos = new long[31];
      for (int i = 0; i < nanos.length; i++) {
        long start = System.nanoTime();
        correct.send(0, new byte[] {1});
        correct.next();
        nanos[i] = System.nanoTime() - start;
      }
      Arrays.sort(nanos);
      assertThat(nanos[nanos.length / 2]).isLessThan(TimeUnit.MILLISECONDS.toNanos(20));
      assertThat(victim.counters.of(Event.TURN_CUT_SHORT, flooder.id)).isPositive();
    }
  }

  @Test
  void longMessagesArriveWhole() throws InterruptedException {
    try (PeerCluster cluster = PeerCluster.withTls(2).startAll()) {
      await("connected", cluster::isComplete);
      byte[][] messages = new byte[5][];
      for (int i = 0; i < messages.length; i++) {
        messages[i] = new byte[(8 << 20) + i];
        Arrays.fill(messages[i], (byte) (i + 1));
        messages[i][messages[i].length / 2] = 99;
      }
      PeerCluster.Node from = cluster.node(0);
      from.onLoop(
          () -> {
            for (byte[] message : messages) {
              from.links.broadcast(message);
              from.links.broadcast(new byte[] {5});
            }
            from.links.flush();
          });
      for (byte[] message : messages) {
        assertThat(Arrays.equals(cluster.node(1).next().bytes(), message)).isTrue();
        assertThat(cluster.node(1).next().bytes()).containsExactly(5);
      }
    }
  }
}
