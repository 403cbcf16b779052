package dev.lockstep.network;

import static dev.lockstep.network.PeerCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.protocol.message.ClientId;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ClientLinksTest {
  static Stream<Arguments> transports() {
    return PeerLinksTest.transports();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("transports")
  void requestsGoUpAndRepliesComeDown(String name, boolean tls, SslProvider provider)
      throws InterruptedException {
    try (Service service = new Service(2, NetworkLimits.forClients(), tls, provider);
        Service.Client client = service.client(0)) {
      await("connected", () -> client.connected.equals(Set.of(0, 1)));
      for (int i = 0; i < 100; i++) {
        client.send(0, text("request " + i));
      }
      for (int i = 0; i < 100; i++) {
        assertThat(client.next()).isEqualTo(text("request " + i));
      }
      assertThat(service.replica(0).lastClient).isEqualTo(client.id);
    }
  }

  @Test
  void theClientMayComeFirst() throws InterruptedException {
    try (Service service = new Service(1, NetworkLimits.forClients(), true, Tls.bestProvider())) {
      service.replica(0).listener.close();
      try (Service.Client client = service.client(0)) {
        await("the client tries", () -> client.counters.of(Event.DIAL_FAILED, 0) >= 2);
        service.replica(0).listen();
        await("connected", () -> client.connected.equals(Set.of(0)));
        client.send(0, text("hello"));
        assertThat(client.next()).isEqualTo(text("hello"));
      }
    }
  }

  /** Anybody may knock as often as they like: that costs strangers, and not who has come in. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("transports")
  void strangersAreGreetedOnLoopsOfTheirOwn(String name, boolean tls, SslProvider provider)
      throws InterruptedException {
    try (Service service = new Service(1, NetworkLimits.forClients(), tls, provider);
        Service.Client client = service.client(0)) {
      await("connected", () -> client.connected.equals(Set.of(0)));
      client.send(0, text("request"));
      client.next();
      assertThat(service.replica(0).greetedOn).contains("strangers");
      assertThat(service.replica(0).readOn).contains("clients of replicas");
    }
  }

  /** The connection changes threads in between. */
  @Test
  void whatFollowsTheHelloAtOnceIsKept() throws IOException, GeneralSecurityException {
    for (boolean tls : new boolean[] {false, true}) {
      try (Service service = new Service(1, NetworkLimits.forClients(), tls, Tls.bestProvider())) {
        for (int i = 0; i < 50; i++) {
          TlsIdentity identity = tls ? service.identities.client(0) : null;
          ClientId id = tls ? Trust.clientOf(identity.subjectPublicKeyInfo()) : new ClientId(0, 1);
          byte[] hello = new Greeting.ClientHello(PeerCluster.CLUSTER, 0, id).encode();
          ByteBuffer all = ByteBuffer.allocate(4 + hello.length + 100 * 5);
          all.putInt(hello.length).put(hello);
          for (int request = 0; request < 100; request++) {
            all.putInt(1).put((byte) request);
          }
          try (Stranger client =
              tls
                  ? Stranger.withTls(service.replica(0).address, identity)
                  : Stranger.at(service.replica(0).address)) {
            client.send(all.array());
            client.receive();
            for (int request = 0; request < 100; request++) {
              assertThat(client.receive()).containsExactly(request);
            }
          }
        }
        await("all seats are free", () -> service.replica(0).connections.isEmpty());
      }
    }
  }
}
