package dev.lockstep.network;

import static dev.lockstep.network.PeerCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslProvider;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Prints how fast a link between two replicas is; to be compared, not to be judged. */
@Tag("slow")
class LinkSpeedTest {
  private static final long BYTES_ON_THE_WAY = 4 << 20;
  private static final int ROUND_TRIPS = 20_000;

  static Stream<Arguments> transports() {
    return PeerLinksTest.transports();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("transports")
  void speed(String name, boolean tls, SslProvider provider) {
    for (int size : new int[] {64, 1024, 1 << 20}) {
      oneWay(name, tls, provider, size);
    }
    pingPong(name, tls, provider);
  }

  private static void oneWay(String name, boolean tls, SslProvider provider, int size) {
    try (PeerCluster cluster = new PeerCluster(2, NetworkLimits.forPeers(), tls, provider)) {
      PeerCluster.Node sender = cluster.node(0);
      PeerCluster.Node receiver = cluster.node(1);
      AtomicLong received = new AtomicLong();
      receiver.onMessage = (peer, message) -> received.lazySet(received.getPlain() + 1);
      cluster.startAll();
      await("connected", cluster::isComplete);
      byte[] message = new byte[size];
      long window = Math.max(4, BYTES_ON_THE_WAY / size);
      Runnable fill =
          new Runnable() {
            private long sent;

            @Override
            public void run() {
              int bundle = 0;
              while (sent - received.get() < window && bundle++ < 64) {
                sender.links.send(1, message);
                sent++;
              }
              sender.links.flush();
              if (!sender.loop.isShuttingDown()) {
                sender.loop.schedule(this, 0, TimeUnit.NANOSECONDS);
              }
            }
          };
      sender.onLoop(fill);
      double perSecond = warmSpeed(received);
      System.out.printf(
          "%s, %d bytes one way: %,.0f messages/s, %,.1f MB/s%n",
          name, size, perSecond, perSecond * size / 1e6);
      assertThat(perSecond).isPositive();
    }
  }

  /** Compiled ciphers are a hundred times faster, and it takes the JVM seconds to find that out. */
  private static double warmSpeed(AtomicLong received) {
    double before = 0;
    double now = measure(received, Duration.ofMillis(1000));
    for (int i = 0; i < 10 && (i < 4 || now > before * 1.1); i++) {
      before = now;
      now = measure(received, Duration.ofMillis(1000));
    }
    return now;
  }

  private static double measure(AtomicLong received, Duration time) {
    long start = System.nanoTime();
    long before = received.get();
    await("time to pass", () -> System.nanoTime() - start > time.toNanos());
    return (received.get() - before) * 1e9 / (System.nanoTime() - start);
  }

  private static void pingPong(String name, boolean tls, SslProvider provider) {
    try (PeerCluster cluster = new PeerCluster(2, NetworkLimits.forPeers(), tls, provider)) {
      PeerCluster.Node a = cluster.node(0);
      PeerCluster.Node b = cluster.node(1);
      long[] nanos = new long[ROUND_TRIPS];
      AtomicLong done = new AtomicLong();
      byte[] message = new byte[64];
      b.onMessage = (peer, ping) -> b.links.send(0, ping);
      a.onMessage =
          new PeerCluster.OnMessage() {
            private long sentAt;

            @Override
            public void accept(int peer, byte[] pong) {
              long now = System.nanoTime();
              if (sentAt != 0) {
                nanos[(int) done.getAndIncrement()] = now - sentAt;
              }
              if (done.get() < ROUND_TRIPS) {
                sentAt = now;
                a.links.send(1, message);
              }
            }
          };
      cluster.startAll();
      await("connected", cluster::isComplete);
      a.send(1, message);
      await("all round trips", () -> done.get() == ROUND_TRIPS);
      long[] warm = Arrays.copyOfRange(nanos, ROUND_TRIPS / 2, ROUND_TRIPS);
      Arrays.sort(warm);
      System.out.printf(
          "%s, 64 bytes and back: p50 %.1f us, p99 %.1f us%n",
          name, warm[warm.length / 2] / 1e3, warm[warm.length * 99 / 100] / 1e3);
    }
  }
}
