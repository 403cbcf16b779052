package dev.lockstep.network;

import static dev.lockstep.network.PeerCluster.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What others do to the ports of a replica, and that it counts that and goes on. */
class HostileStrangersTest {
  private static final NetworkLimits QUICK =
      new NetworkLimits(
          1 << 20, 1 << 20, 8 << 20, 8 << 20, 250, 400, 10_000, 64, 32, 4, 2, 20, 200);

  private static Service service(boolean tls) {
    return new Service(1, QUICK, tls, Tls.bestProvider());
  }

  private static void serves(Service service) throws InterruptedException {
    try (Service.Client client = service.client(0)) {
      await("a correct client gets in", () -> client.connected.equals(Set.of(0)));
      client.send(0, new byte[] {1, 2, 3});
      assertThat(client.next()).containsExactly(1, 2, 3);
    }
  }

  private static Greeting hello(long client) {
    return new Greeting.ClientHello(PeerCluster.CLUSTER, 0, new ClientId(0, client));
  }

  @Test
  void garbageInsteadOfTlsOrOfAGreeting() throws IOException, InterruptedException {
    Random random = new Random(1);
    for (boolean tls : new boolean[] {false, true}) {
      try (Service service = service(tls)) {
        Service.Replica replica = service.replica(0);
        for (int i = 0; i < 20; i++) {
          byte[] garbage = new byte[1 + random.nextInt(3000)];
          random.nextBytes(garbage);
          try (Stranger stranger = Stranger.at(replica.address)) {
            stranger.send(garbage).awaitEnd();
          }
        }
        try (Stranger stranger = Stranger.at(replica.address)) {
          stranger.frame(new byte[50]).awaitEnd();
        }
        serves(service);
        long counted = 0;
        for (Event event :
            List.of(
                Event.HANDSHAKE_FAILED,
                Event.BAD_GREETING,
                Event.OVERSIZED_FRAME,
                Event.HANDSHAKE_TIMEOUT)) {
          counted += replica.counters.total(event);
        }
        assertThat(counted).isGreaterThanOrEqualTo(21);
      }
    }
  }

  @Test
  void framesThatClaimTwoGigabytes() throws IOException, InterruptedException {
    try (Service service = service(false)) {
      Service.Replica replica = service.replica(0);
      for (int length : new int[] {Integer.MAX_VALUE, 1_999_999_999, -1, Greeting.MOST_BYTES + 1}) {
        try (Stranger stranger = Stranger.at(replica.address)) {
          stranger.length(length).awaitEnd();
        }
      }
      try (Stranger stranger = Stranger.at(replica.address)) {
        stranger.greet(hello(7)).length(Integer.MAX_VALUE).awaitEnd();
      }
      assertThat(replica.counters.total(Event.OVERSIZED_FRAME)).isEqualTo(5);
      serves(service);
    }
  }

  @Test
  void refusalsTellWhy() throws IOException {
    try (Service service = service(false)) {
      InetSocketAddress address = service.replica(0).address;
      ClientId client = new ClientId(1, 1);
      GroupId other = new GroupId(Digest.ZERO, PeerCluster.CLUSTER.configuration());
      assertThat(answer(address, new Greeting.ClientHello(other, 0, client)))
          .isEqualTo(new Greeting.Refusal(Greeting.Reason.CLUSTER));
      GroupId changed = new GroupId(PeerCluster.CLUSTER.cluster(), Digest.ZERO);
      assertThat(answer(address, new Greeting.ClientHello(changed, 0, client)))
          .isEqualTo(
              new Greeting.Refusal(
                  Greeting.Reason.CONFIGURATION, PeerCluster.CLUSTER.configuration()));
      assertThat(answer(address, new Greeting.ReplicaHello(PeerCluster.CLUSTER, 0, 1)))
          .isEqualTo(new Greeting.Refusal(Greeting.Reason.ROLE));
      assertThat(answer(address, hello(9)))
          .isEqualTo(new Greeting.ReplicaHello(PeerCluster.CLUSTER, 0, 0));
      try (Stranger stranger = Stranger.at(address)) {
        stranger.frame(new byte[] {'L', 'K', 'S', 'T', 1, 0, 0});
        assertThat(decode(stranger.receive()))
            .isEqualTo(new Greeting.Refusal(Greeting.Reason.VERSION));
      }
      assertThat(service.replica(0).counters.total(Event.HELLO_REFUSED)).isEqualTo(4);
    }
  }

  private static Greeting answer(InetSocketAddress address, Greeting hello) throws IOException {
    try (Stranger stranger = Stranger.at(address)) {
      return decode(stranger.greet(hello).receive());
    }
  }

  private static Greeting decode(byte[] bytes) {
    try {
      return Greeting.decode(bytes);
    } catch (dev.lockstep.protocol.bytes.DecodeException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void tooManyConnectionsOfOneClientOrInTotal() throws IOException {
    try (Service service = service(false)) {
      InetSocketAddress address = service.replica(0).address;
      Greeting.ReplicaHello welcome = new Greeting.ReplicaHello(PeerCluster.CLUSTER, 0, 0);
      Greeting.Refusal full = new Greeting.Refusal(Greeting.Reason.FULL);
      List<Stranger> open = new ArrayList<>();
      try {
        long[] clients = {1, 1, 1, 2, 3, 4};
        Greeting[] answers = {welcome, welcome, full, welcome, welcome, full};
        for (int i = 0; i < clients.length; i++) {
          Stranger stranger = Stranger.at(address);
          open.add(stranger);
          assertThat(decode(stranger.greet(hello(clients[i])).receive())).isEqualTo(answers[i]);
        }
        open.remove(0).close();
        await("its seat is free", () -> service.replica(0).counters.total(Event.DISCONNECTED) == 1);
        try (Stranger stranger = Stranger.at(address)) {
          assertThat(decode(stranger.greet(hello(4)).receive())).isEqualTo(welcome);
        }
      } finally {
        for (Stranger stranger : open) {
          stranger.close();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SslProvider.class,
      names = {"JDK", "OPENSSL"})
  void certificatesThatNobodyKnows(SslProvider provider)
      throws IOException, GeneralSecurityException, InterruptedException {
    try (Service service = new Service(1, NetworkLimits.forClients(), true, provider)) {
      Service.Replica replica = service.replica(0);
      try (Stranger stranger = Stranger.withTls(replica.address, Identities.create("nobody"))) {
        assertThatThrownBy(() -> stranger.greet(hello(1)).receive())
            .isInstanceOf(IOException.class);
      }
      await("counted", () -> replica.counters.total(Event.WRONG_CERTIFICATE) == 1);
      // A certificate that is known, but a hello in the name of somebody else.
      try (Stranger stranger = Stranger.withTls(replica.address, service.identities.client(1))) {
        assertThat(decode(stranger.greet(hello(1)).receive()))
            .isEqualTo(new Greeting.Refusal(Greeting.Reason.IDENTITY));
      }
      serves(service);
    }
  }

  @Test
  void halfOpenConnectionsDoNotLockOutCorrectOnes() throws IOException, InterruptedException {
    try (Service service = service(true)) {
      Service.Replica replica = service.replica(0);
      List<Stranger> halfOpen = new ArrayList<>();
      try {
        for (int i = 0; i < 100; i++) {
          halfOpen.add(Stranger.at(replica.address));
        }
        serves(service);
        await(
            "the older ones have made room",
            () -> replica.counters.total(Event.EVICTED) >= 100 - QUICK.unauthenticatedPerAddress());
        await(
            "the others had their time",
            () -> replica.counters.total(Event.HANDSHAKE_TIMEOUT) >= 20);
        for (Stranger stranger : halfOpen) {
          stranger.awaitEnd();
        }
      } finally {
        for (Stranger stranger : halfOpen) {
          stranger.close();
        }
      }
    }
  }

  @Test
  void twoThousandConnectionsOpenedAndDropped() throws IOException, InterruptedException {
    try (Service service = service(true);
        Service.Client client = service.client(0)) {
      Service.Replica replica = service.replica(0);
      await("connected", () -> client.connected.equals(Set.of(0)));
      for (int i = 0; i < 2000; i++) {
        try (Socket socket = new Socket(replica.address.getAddress(), replica.address.getPort())) {
          if (i % 3 == 0) {
            socket.getOutputStream().write(22);
          }
          if (i % 2 == 0) {
            socket.setSoLinger(true, 0);
          }
        }
        if (i % 100 == 0) {
          client.send(0, new byte[] {(byte) i});
          assertThat(client.next()).containsExactly(i);
        }
      }
      serves(service);
      assertThat(replica.counters.total(Event.DISCONNECTED)).isLessThanOrEqualTo(1);
      await(
          "none is left",
          () ->
              replica.counters.total(Event.HANDSHAKE_FAILED) + replica.counters.total(Event.EVICTED)
                  >= 1500);
    }
  }

  @Test
  void aClientThatNeverReads() throws IOException, InterruptedException {
    try (Service service = service(false)) {
      Service.Replica replica = service.replica(0);
      try (Stranger stranger = Stranger.at(replica.address)) {
        stranger.greet(hello(5));
        byte[] request = new byte[1 << 20];
        try {
          for (int i = 0; i < 100; i++) {
            stranger.frame(request);
          }
        } catch (IOException e) {
          assertThat(replica.counters.total(Event.SLOW_READER_CLOSED)).isEqualTo(1);
        }
        await("disconnected", () -> replica.counters.total(Event.SLOW_READER_CLOSED) == 1);
      }
      serves(service);
    }
  }

  @Test
  void clientsThatNeverReadShareOneBudget() throws IOException, InterruptedException {
    NetworkLimits roomy =
        new NetworkLimits(
            1 << 20, 1 << 20, 64 << 20, 64 << 20, 250, 3000, 60_000, 64, 32, 4, 2, 20, 200);
    try (Service service = new Service(1, roomy, false, SslProvider.JDK)) {
      Service.Replica replica = service.replica(0);
      byte[] request = new byte[1 << 20];
      try (Stranger first = Stranger.at(replica.address);
          Stranger second = Stranger.at(replica.address)) {
        first.greet(hello(1));
        for (int i = 0; i < 50; i++) {
          first.frame(request);
        }
        await("all came", () -> replica.counters.total(Event.MESSAGES_IN) == 50);
        assertThat(replica.counters.total(Event.SLOW_READER_CLOSED)).isZero();
        second.greet(hello(2));
        try {
          for (int i = 0; i < 50; i++) {
            second.frame(request);
          }
        } catch (IOException e) {
          assertThat(e).as("disconnected while it was still sending").isNotNull();
        }
        await("one went", () -> replica.counters.total(Event.SLOW_READER_CLOSED) == 1);
        await("it has gone", () -> replica.connections.size() == 1);
        assertThat(replica.connections)
            .singleElement()
            .matches(connection -> connection.client().low() == 1);
      }
      serves(service);
    }
  }
}
