package dev.lockstep.network;

import static dev.lockstep.network.PeerCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslProvider;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PeerLinksTest {
  static Stream<Arguments> transports() {
    return Stream.of(
        Arguments.of("plaintext", false, SslProvider.JDK),
        Arguments.of("TLS of the JDK", true, SslProvider.JDK),
        Arguments.of("the best TLS", true, Tls.bestProvider()));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("transports")
  void everyReplicaReachesEveryOther(String name, boolean tls, SslProvider provider)
      throws InterruptedException {
    try (PeerCluster cluster =
        new PeerCluster(4, NetworkLimits.forPeers(), tls, provider).startAll()) {
      await("all connected", cluster::isComplete);
      for (PeerCluster.Node from : cluster.nodes) {
        for (PeerCluster.Node to : cluster.nodes) {
          if (from != to) {
            for (int i = 0; i < 100; i++) {
              from.send(to.id, text(from.id + "/" + i));
            }
            for (int i = 0; i < 100; i++) {
              PeerCluster.Message message = to.next();
              assertThat(message.peer()).isEqualTo(from.id);
              assertThat(message.bytes()).isEqualTo(text(from.id + "/" + i));
            }
          }
        }
      }
    }
  }

  @Test
  void aRestartedReplicaIsFoundAgain() throws InterruptedException {
    try (PeerCluster cluster = PeerCluster.withTls(3).startAll()) {
      await("all connected", cluster::isComplete);
      for (int id : new int[] {0, 2, 1}) {
        PeerCluster.Node node = cluster.node(id);
        PeerCluster.Node other = cluster.node((id + 1) % 3);
        int before = other.connects(id);
        node.links.close();
        await("the others notice", () -> !other.isConnected(id));
        other.send(id, text("into the void"));
        cluster.start(id);
        cluster.introduce(id);
        await("connected again", () -> other.connects(id) > before);
        await("all connected again", cluster::isComplete);
        other.send(id, text("hello again"));
        assertThat(node.next().bytes()).isEqualTo(text("hello again"));
        assertThat(other.counters.of(NetworkCounters.Event.DROPPED_UNCONNECTED, id)).isEqualTo(1);
      }
    }
  }
}
