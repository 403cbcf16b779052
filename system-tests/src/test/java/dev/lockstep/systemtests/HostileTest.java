package dev.lockstep.systemtests;

import static dev.lockstep.systemtests.Clusters.awaitOperations;
import static dev.lockstep.systemtests.Clusters.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.services.map.BftMapList;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.process.ReplicaHandle;
import dev.lockstep.testkit.workload.MapWorkload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What strangers and clients can do to a cluster that serves others: it goes on, its memory stays
 * bounded, and it counts what happens.
 *
 * <p>The attackers run on the same machine as everything else and have as much of its processors as
 * they can get, so all that is asserted is that the cluster goes on; the figures are printed.
 */
@Timeout(180)
class HostileTest {
  private static final int CLIENTS = 12;
  private static final long MEASURED_NANOS =
      TimeUnit.SECONDS.toNanos(Integer.getInteger("hostile.seconds", 2));

  /** How often the load is measured without and with the attack in turn. */
  private static final int ROUNDS = Integer.getInteger("hostile.rounds", 1);

  /**
   * For figures: load before anything is measured, and of each attack before it is. A replica whose
   * compilers are at work on code that it has not met before has no processor to spare.
   */
  private static final long WARM_UP_NANOS =
      TimeUnit.SECONDS.toNanos(Integer.getInteger("hostile.warm-up-seconds", 0));

  private static final long PIECE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long SETTLING_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long RESIDENT_BYTES_MOST = 900L << 20;

  @TempDir static Path folder;

  private static ProcessCluster cluster;
  private MapWorkload load;

  @BeforeAll
  static void start() throws IOException {
    cluster = Clusters.map(folder).start();
    try (MapWorkload warmUp = Clusters.load("warm-up", cluster, CLIENTS)) {
      awaitOperations(warmUp, 3000);
      LockSupport.parkNanos(WARM_UP_NANOS);
    }
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @BeforeEach
  void load(org.junit.jupiter.api.TestInfo test) {
    load = Clusters.load(test.getTestMethod().orElseThrow().getName(), cluster, CLIENTS);
    awaitOperations(load, 300);
  }

  @AfterEach
  void judge() throws Exception {
    try (MapWorkload judged = load) {
      Clusters.judge(judged, cluster);
    }
  }

  private interface Attackers {
    Attack start() throws Exception;
  }

  private void withstand(String name, List<Attack.Round> attackers) throws Exception {
    withstand(name, () -> Attack.start(attackers, () -> {}));
  }

  private void withstand(String name, Attackers attackers) throws Exception {
    withstand(name, attackers, () -> true);
  }

  /**
   * Runs the attack while others work, and says how much of their throughput is left.
   *
   * @param noticed the attack goes on until the cluster has noticed it, however slow the machine is
   */
  private void withstand(String name, Attackers attackers, BooleanSupplier noticed)
      throws Exception {
    measure(name, attackers, noticed);
    awaitOperations(load, 100);
    for (int id = 0; id < cluster.size(); id++) {
      ReplicaHandle replica = cluster.replica(id);
      assertThat(replica.isRunning()).as("replica " + id + " runs").isTrue();
      long bytes = replica.residentBytes().orElse(0L);
      assertThat(bytes).as("memory of replica " + id).isLessThan(RESIDENT_BYTES_MOST);
    }
  }

  private void measure(String name, Attackers attackers, BooleanSupplier noticed) throws Exception {
    if (WARM_UP_NANOS > 0) {
      Attack attack = attackers.start();
      LockSupport.parkNanos(WARM_UP_NANOS);
      attack.close();
    }
    double before = 0;
    double during = 0;
    String summary = "";
    for (int round = 0; round < ROUNDS; round++) {
      before += rate() / ROUNDS;
      try (Attack attack = attackers.start()) {
        during += rate() / ROUNDS;
        Clusters.await("the cluster notices: " + name, noticed);
        summary = attack.summary();
      }
    }
    report(
        "%s: %.0f ops/s before, %.0f during (%.0f %%); memory %s MB; %s",
        name, before, during, 100 * during / before, memory(), summary);
  }

  private double rate() {
    LockSupport.parkNanos(SETTLING_NANOS);
    long from = System.nanoTime();
    LockSupport.parkNanos(MEASURED_NANOS);
    return load.completions().medianRate(from, System.nanoTime(), PIECE_NANOS);
  }

  private static List<Long> memory() throws IOException {
    List<Long> megabytes = new ArrayList<>();
    for (int id = 0; id < cluster.size(); id++) {
      megabytes.add(cluster.replica(id).residentBytes().orElse(0L) >> 20);
    }
    return megabytes;
  }

  /** What all replicas together have counted of an event on the network. */
  private static double network(String event) {
    return counted("lockstep_network_events_total", "event=\"" + event + "\"");
  }

  private static double counted(String metric, String labels) {
    return IntStream.range(0, cluster.size())
        .mapToDouble(id -> cluster.replica(id).metric(metric, labels))
        .sum();
  }

  private static int clientPort(int replica) {
    return cluster.config().member(replica).clientPort();
  }

  private static int peerPort(int replica) {
    return cluster.config().member(replica).peerPort();
  }

  /** The ports of all kinds of all replicas. */
  private static List<Integer> allPorts() {
    List<Integer> ports = new ArrayList<>();
    for (int id = 0; id < cluster.size(); id++) {
      ports.addAll(List.of(peerPort(id), clientPort(id), cluster.replica(id).adminPort()));
    }
    return ports;
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(2000);
    return socket;
  }

  /** The same attacker at each of the ports in turn. */
  private static Attack.Round eachOf(List<Integer> ports, PortAttack attack) {
    int[] next = {0};
    return () -> attack.play(ports.get(next[0]++ % ports.size()));
  }

  private interface PortAttack {
    void play(int port) throws Exception;
  }

  private static GroupId group() {
    return new GroupId(cluster.config().clusterDigest(), cluster.config().configurationDigest());
  }

  @Test
  @Tag("slow")
  void garbageOnEveryPort() throws Exception {
    double failed = network("handshake_failed");
    double bad = counted("lockstep_admin_events_total", "bad_request");
    SplittableRandom random = new SplittableRandom(1);
    withstand(
        "garbage on every port",
        List.of(
            eachOf(
                allPorts(),
                port -> {
                  byte[] garbage = new byte[1 + random.nextInt(20_000)];
                  random.nextBytes(garbage);
                  try (Socket socket = connect(port)) {
                    OutputStream out = socket.getOutputStream();
                    out.write(garbage);
                    out.flush();
                    socket.shutdownOutput();
                    InputStream in = socket.getInputStream();
                    while (in.read(garbage) >= 0) {
                      // Until it has had enough of us.
                    }
                  }
                })));
    assertThat(network("handshake_failed")).isGreaterThan(failed);
    assertThat(counted("lockstep_admin_events_total", "bad_request")).isGreaterThan(bad);
  }

  @Test
  @Tag("slow")
  void halfOpenConnections() throws Exception {
    double evicted = network("evicted") + network("handshake_timeout");
    List<Socket> open = Collections.synchronizedList(new ArrayList<>());
    try {
      withstand(
          "half-open connections",
          () ->
              Attack.start(
                  List.of(
                      eachOf(
                          allPorts(),
                          port -> {
                            Socket socket = connect(port);
                            open.add(socket);
                            if (open.size() % 2 == 0) {
                              socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0, 1});
                            }
                            TimeUnit.MILLISECONDS.sleep(2);
                          })),
                  () -> {}),
          () -> network("evicted") + network("handshake_timeout") > evicted);
      // The administrator still gets an answer.
      for (int id = 0; id < cluster.size(); id++) {
        assertThat(cluster.replica(id).isHealthy()).as("health of replica " + id).isTrue();
      }
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  @Tag("slow")
  void twoThousandConnectionsOpenedAndDropped() throws Exception {
    double accepted = network("accepted");
    List<Integer> ports = new ArrayList<>();
    for (int id = 0; id < cluster.size(); id++) {
      ports.addAll(List.of(peerPort(id), clientPort(id)));
    }
    withstand(
        "connections opened and dropped", List.of(eachOf(ports, port -> connect(port).close())));
    Clusters.await("2000 connections", () -> network("accepted") - accepted >= 2000);
  }

  @Test
  @Tag("slow")
  void framesThatClaimTwoGigabytes() throws Exception {
    double oversized = network("oversized_frame");
    SSLContext client = RawPeer.tls(cluster.newCredentials());
    ReplicaCredentials replica = cluster.credentials(3);
    SSLContext member = RawPeer.tls(replica.tlsKey(), replica.tlsCertificate());
    withstand(
        "frames that claim 2 GB",
        List.of(
            () -> {
              try (RawPeer peer = new RawPeer(clientPort(0), client)) {
                claim(peer);
              }
              try (RawPeer peer = new RawPeer(peerPort(1), member)) {
                claim(peer);
              }
            }));
    assertThat(network("oversized_frame")).isGreaterThan(oversized);
  }

  private static void claim(RawPeer peer) throws IOException {
    peer.out.writeInt(Integer.MAX_VALUE);
    peer.out.write(new byte[1000]);
    peer.out.flush();
    peer.in.read();
  }

  @Test
  @Tag("slow")
  void validTlsWithAWrongCertificate() throws Exception {
    double wrong = network("wrong_certificate");
    SSLContext stranger = RawPeer.tls(ClientCredentials.selfSigned("stranger"));
    withstand(
        "wrong certificates",
        List.of(
            eachOf(
                List.of(clientPort(0), peerPort(0), clientPort(2), peerPort(2)),
                port -> {
                  try (RawPeer peer = new RawPeer(port, stranger)) {
                    peer.in.read();
                  }
                })));
    assertThat(network("wrong_certificate")).isGreaterThan(wrong);
  }

  /** A connection of this client to each replica, replies read and thrown away by threads. */
  private static List<RawPeer> connections(ClientCredentials client) throws IOException {
    List<RawPeer> peers = new ArrayList<>();
    for (int id = 0; id < cluster.size(); id++) {
      peers.add(RawPeer.client(clientPort(id), group(), client));
    }
    return peers;
  }

  private static void readAll(List<RawPeer> peers) {
    for (RawPeer peer : peers) {
      Thread reader =
          new Thread(
              () -> {
                byte[] buffer = new byte[1 << 16];
                try {
                  while (peer.in.read(buffer) >= 0) {
                    // Nobody wants to know.
                  }
                } catch (IOException e) {
                  Thread.currentThread().interrupt(); // closed, which ends the attack
                }
              });
      reader.setDaemon(true);
      reader.start();
    }
  }

  private static void closeAll(List<RawPeer> peers) throws IOException {
    for (RawPeer peer : peers) {
      peer.close();
    }
  }

  /** Who says something on all of its connections again and again, and reads the replies. */
  private static Attackers onConnections(ClientCredentials client, Saying saying) {
    return () -> {
      List<RawPeer> peers = connections(client);
      Attack.Round round = saying.begin(peers);
      readAll(peers);
      return Attack.start(List.of(round), () -> closeAll(peers));
    };
  }

  private interface Saying {
    Attack.Round begin(List<RawPeer> peers) throws IOException;
  }

  /** The same requests to all replicas. */
  private static void sendAll(List<RawPeer> peers, Supplier<Request> next) throws IOException {
    for (int i = 0; i < 64; i++) {
      Request request = next.get();
      for (RawPeer peer : peers) {
        peer.send(request);
      }
    }
    for (RawPeer peer : peers) {
      peer.out.flush();
    }
  }

  private static double refusals() {
    return counted("lockstep_client_held_total", "")
        + counted("lockstep_protocol_events_total", "event=\"over_budget\"");
  }

  /** Requests of one session without end. */
  private static Attack.Round flood(ClientCredentials client, List<RawPeer> peers, byte[] command)
      throws IOException {
    Request open = RawPeer.open(client, 1);
    for (RawPeer peer : peers) {
      peer.send(open);
      peer.out.flush();
    }
    long session = peers.get(0).readOpened();
    long[] sequence = {0};
    return () -> sendAll(peers, () -> RawPeer.ordered(client, session, ++sequence[0], command));
  }

  @Test
  void clientThatFloodsBeyondItsWindow() throws Exception {
    byte[] command = RecordedCommand.of(map -> map.putEntry("flood", "x"));
    double refused = refusals();
    withstand(
        "a client that floods beyond its window",
        () -> {
          ClientCredentials client = cluster.newCredentials();
          return onConnections(client, peers -> flood(client, peers, command)).start();
        });
    assertThat(refusals()).isGreaterThan(refused);
  }

  @Test
  @Tag("slow")
  void clientThatSendsMalformedRequests() throws Exception {
    SplittableRandom random = new SplittableRandom(2);
    double bad = counted("lockstep_client_bad_messages_total", "");
    withstand(
        "a client that sends malformed requests",
        onConnections(
            cluster.newCredentials(),
            peers ->
                () -> {
                  byte[] frame = new byte[1 + random.nextInt(300)];
                  random.nextBytes(frame);
                  for (RawPeer peer : peers) {
                    peer.frame(frame);
                    peer.out.flush();
                  }
                }));
    assertThat(counted("lockstep_client_bad_messages_total", "")).isGreaterThan(bad);
  }

  @Test
  @Tag("slow")
  void clientThatOpensSessionsWithoutEnd() throws Exception {
    ClientCredentials client = cluster.newCredentials();
    long[] nonce = {0};
    double refused = refusals();
    withstand(
        "a client that opens sessions without end",
        onConnections(
            client, peers -> () -> sendAll(peers, () -> RawPeer.open(client, ++nonce[0]))));
    assertThat(refusals()).isGreaterThan(refused);
  }

  @Test
  void clientThatNeverReadsItsReplies() throws Exception {
    String[] entries = new String[90];
    Arrays.fill(entries, "x".repeat(1000));
    new BftMapList(cluster.newClient()).set("large", List.of(entries));
    byte[] command = RecordedCommand.of(map -> map.get("large"));
    ClientCredentials client = cluster.newCredentials();
    double unread = counted("lockstep_client_unread_total", "") + network("slow_reader_closed");
    long[] sequence = {0};
    withstand(
        "a client that never reads",
        () -> {
          List<RawPeer> peers = connections(client);
          List<Attack.Round> attackers = new ArrayList<>();
          for (RawPeer peer : peers) {
            attackers.add(
                () -> {
                  peer.send(RawPeer.unordered(client, ++sequence[0], command));
                  peer.out.flush();
                  TimeUnit.MILLISECONDS.sleep(2);
                });
          }
          return Attack.start(attackers, () -> closeAll(peers));
        },
        () -> counted("lockstep_client_unread_total", "") + network("slow_reader_closed") > unread);
  }
}
