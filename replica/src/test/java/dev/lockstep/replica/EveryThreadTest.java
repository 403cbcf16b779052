package dev.lockstep.replica;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.Durability;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.storage.ReplicaLog;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whichever thread of a replica meets an Error, all of it stops, and says why. */
@Timeout(60)
class EveryThreadTest {
  private static final ClusterKeys KEYS = ClusterKeys.generate(1);

  private static final ClusterConfig CLUSTER =
      ClusterConfig.builder("one").local(KEYS).faults(0).tls(false).build();

  /** What makes each of a replica's threads fail. */
  private static final Map<String, Consumer<ReplicaAssembly>> KILLS =
      Map.of(
          "protocol", parts -> die(parts, EventLoopGroup.class, "protocolLoops"),
          "clients", parts -> die(parts, EventLoopGroup.class, "clientLoops"),
          "strangers", parts -> die(parts, EventLoopGroup.class, "strangerLoops"),
          "reader", parts -> die(parts, Executor.class, "reader"),
          "signatures", EveryThreadTest::dieOfJob,
          "checkpoint", parts -> die(parts, Executor.class, "checkpoints", "thread"),
          "admin", parts -> die(parts, Executor.class, "admin", "server", "workers"),
          "service", EveryThreadTest::dieOfQuery,
          "log", parts -> threads("lockstep-log-0").forEach(Thread::interrupt));

  /** Answers reads by an Error. */
  private static final class Deadly implements Service {
    @Override
    public byte[] executeOrdered(byte[] command, MessageContext context) {
      return command;
    }

    @Override
    public byte[] executeUnordered(byte[] command, MessageContext context) {
      throw new LinkageError("for the test");
    }

    @Override
    public Snapshot snapshot() {
      return out -> {};
    }

    @Override
    public void restore(InputStream in) {}
  }

  @TempDir Path data;

  private ServiceReplica start() throws IOException {
    try {
      ReplicaLog.create(data, CLUSTER.configurationDigest(), 0);
    } catch (IOException alreadyThere) {
      // Started again.
    }
    ReplicaSettings settings =
        new ReplicaSettings(
            0,
            Optional.of(data),
            "127.0.0.1",
            "127.0.0.1",
            0,
            Durability.DURABLE,
            ReplicaConfig.Timing.defaults(),
            ReplicaConfig.Budgets.defaults());
    return ServiceReplica.builder(CLUSTER, settings, KEYS.replicas().get(0), new Deadly()).start();
  }

  private static Object field(Object of, String... path) {
    try {
      for (String name : path) {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        of = field.get(of);
      }
      return of;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void die(ReplicaAssembly parts, Class<? extends Executor> type, String... path) {
    type.cast(field(parts, path))
        .execute(
            () -> {
              throw new LinkageError("for the test");
            });
  }

  /** Of nothing that could be verified. */
  private static void dieOfJob(ReplicaAssembly parts) {
    ((SignatureWorker) field(parts, "signatures"))
        .submit(List.of(SignatureWorker.Job.verify(0, (Message.Accept) null, new byte[0])));
  }

  private static void dieOfQuery(ReplicaAssembly parts) {
    ClientId client = new ClientId(0, 1);
    Request read = new Request(Request.Kind.UNORDERED, client, 1, 1, Bytes.EMPTY, Bytes.EMPTY);
    ((ServiceExecutor) field(parts, "executor"))
        .submit(List.of(new ServiceExecutor.Query(client, read, 0)));
  }

  private static List<Thread> threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .toList();
  }

  /** None is left; the last act of some is to say that they end. */
  private static void assertAllGone(String prefix) throws InterruptedException {
    for (Thread thread : threads(prefix)) {
      if (!thread.isDaemon()) {
        SECONDS.timedJoin(thread, 20);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  private static Set<String> kinds() {
    return threads("lockstep-").stream()
        .map(thread -> thread.getName().replaceAll("^lockstep-|-?\\d+-?", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static HttpResponse<String> ask(ServiceReplica replica, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + replica.adminAddress().getPort() + path))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  static Set<String> threadsThatDie() {
    return new TreeSet<>(KILLS.keySet());
  }

  @ParameterizedTest
  @MethodSource("threadsThatDie")
  void oneDeadThreadStopsTheReplica(String thread) throws Exception {
    try (ServiceReplica replica = start()) {
      KILLS.get(thread).accept(replica.parts);
      String reason = replica.whenStopped().get(20, SECONDS);
      assertThat(reason)
          .contains(
              switch (thread) {
                case "log" -> "the log failed";
                case "signatures" -> "a signature could not be";
                default -> "for the test";
              });
      assertThat(replica.status().stopReasonOrNull()).isEqualTo(reason);
      assertThat(ask(replica, "/live").statusCode()).isEqualTo(503);
      assertThat(ask(replica, "/health").body()).contains(reason.replace("\"", "\\\""));
    }
    assertAllGone("lockstep-0");
    // Nothing holds the folder, and what a supervisor starts again runs.
    try (ServiceReplica again = start()) {
      assertThat(ask(again, "/live").statusCode()).isEqualTo(200);
    }
  }

  /** A thread that nobody kills here would be one whose death nobody notices. */
  @Test
  void theseAreAllThreadsThatThereAre() throws Exception {
    try (ServiceReplica replica = start()) {
      // Those that begin with their first task.
      for (String lazy : List.of("reader", "checkpoints thread", "clientLoops")) {
        ((Executor) field(replica.parts, lazy.split(" "))).execute(() -> {});
      }
      ask(replica, "/live");
      // The last one waits for the others' deaths.
      Set<String> expected = new TreeSet<>(KILLS.keySet());
      expected.add("end");
      assertThat(kinds()).isEqualTo(expected);
    }
  }

  @Test
  void mayBeClosedByWhoeverHearsThatItStopped() throws Exception {
    ServiceReplica replica = start();
    CompletableFuture<Void> closed = replica.whenStopped().thenRun(replica::close);
    KILLS.get("protocol").accept(replica.parts);
    closed.get(20, SECONDS);
    assertAllGone("lockstep-0");
    start().close();
  }

  @Test
  void endsWhollyWhenItsCloserIsInterrupted() throws Exception {
    ServiceReplica replica = start();
    Thread.currentThread().interrupt();
    replica.close();
    assertThat(Thread.interrupted()).as("still interrupted").isTrue();
    assertAllGone("lockstep-0");
    start().close();
  }

  @Test
  void closedByItsOwnThreadItEndsToo() throws Exception {
    ServiceReplica replica = start();
    ((Executor) field(replica.parts, "protocolLoops")).execute(replica::close);
    replica.whenStopped().get(20, SECONDS);
    replica.close();
    assertAllGone("lockstep-0");
  }

  /** The log is open before TLS is set up, which fails for keys that are not those. */
  @Test
  void leavesNothingOpenWhenItCannotBeMade() throws Exception {
    start().close();
    ClusterKeys others = ClusterKeys.generate(1);
    ClusterConfig cluster = ClusterConfig.builder("one").local(others).faults(0).build();
    ReplicaSettings settings =
        new ReplicaSettings(
            0,
            Optional.of(data.resolve("of-others")),
            "127.0.0.1",
            "no such address",
            0,
            Durability.DURABLE,
            ReplicaConfig.Timing.defaults(),
            ReplicaConfig.Budgets.defaults());
    assertThatThrownBy(
            () ->
                ServiceReplica.builder(cluster, settings, KEYS.replicas().get(0), new Deadly())
                    .start())
        .hasMessageContaining("signing key");
    assertThatThrownBy(
            () ->
                ServiceReplica.builder(cluster, settings, others.replicas().get(0), new Deadly())
                    .start())
        .isInstanceOf(IOException.class);
    assertAllGone("lockstep-0");
  }
}
