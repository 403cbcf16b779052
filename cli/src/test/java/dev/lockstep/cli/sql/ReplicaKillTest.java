package dev.lockstep.cli.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.cli.Commands;
import dev.lockstep.sql.bench.Bank;
import dev.lockstep.sql.bench.ConsistencyOptions;
import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.bench.ListAppend;
import dev.lockstep.sql.history.SnapshotChecker;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import dev.lockstep.sql.history.SnapshotChecker.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replicas as processes, with their databases in files, killed while transactions run: one after
 * the other, and all at once. What was acknowledged must be there, once.
 */
@Tag("slow")
@Timeout(900)
class ReplicaKillTest {
  private static final int REPLICAS = 4;
  private static final int PORTS = 10 * REPLICAS;
  private static final ConsistencyOptions OPTIONS = new ConsistencyOptions(6, 2_000, 1);

  @TempDir private Path folder;
  private Path directory;
  private final Process[] replicas = new Process[REPLICAS];

  @BeforeEach
  void init() throws IOException {
    directory = folder.resolve("shop");
    Commands.Output made =
        Commands.run("sql", "init", directory.toString(), "--base-port=" + freePorts());
    assertThat(made.code()).as(made.err()).isZero();
    for (int id = 0; id < REPLICAS; id++) {
      start(id);
    }
    awaitHealth(() -> false);
  }

  @AfterEach
  void end() throws InterruptedException {
    for (int id = 0; id < REPLICAS; id++) {
      kill(id);
    }
  }

  /** The first of as many ports in a row as a cluster takes, all of them free. */
  private static int freePorts() {
    Random random = new Random();
    while (true) {
      int base = 20_000 + random.nextInt(1_000) * 10;
      List<ServerSocket> held = new ArrayList<>();
      try {
        for (int port = base; port < base + PORTS; port++) {
          held.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
        }
        return base;
      } catch (IOException e) {
        continue; // Another one has it; elsewhere then.
      } finally {
        held.forEach(ReplicaKillTest::close);
      }
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void start(int id) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx300m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.lockstep.cli.Main",
            "sql",
            "replica",
            directory.resolve("replica-" + id).toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve("replica-" + id + ".log").toFile()));
    replicas[id] = builder.start();
  }

  private void kill(int id) throws InterruptedException {
    if (replicas[id] != null) {
      replicas[id].destroyForcibly().waitFor();
    }
  }

  private interface Condition {
    boolean holds();
  }

  /** Waits until all replicas take part, or there is no reason any more to wait. */
  private void awaitHealth(Condition noMatter) {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
    while (!noMatter.holds() && Commands.run("sql", "status", directory.toString()).code() != 0) {
      assertThat(System.nanoTime()).as("replicas are not healthy").isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
  }

  private <T> T whileReplicasAreKilled(boolean all, Callable<T> workload) throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<T> result = thread.submit(workload);
      for (int round = 0; !result.isDone(); round++) {
        for (int id = 0; id < REPLICAS; id++) {
          if (all || id == round % REPLICAS) {
            kill(id);
          }
        }
        for (int id = 0; id < REPLICAS; id++) {
          if (!replicas[id].isAlive()) {
            start(id);
          }
        }
        awaitHealth(result::isDone);
      }
      return result.get();
    } finally {
      thread.shutdownNow();
    }
  }

  private Database database() {
    return Database.of("jdbc:lockstep:" + directory + "?timeoutMillis=20000");
  }

  private void databasesAreEqual() {
    awaitHealth(() -> false);
    Commands.Output verified = Commands.run("sql", "verify", directory.toString());
    assertThat(verified.code()).as(verified.out() + verified.err()).isZero();
  }

  @ParameterizedTest(name = "all: {0}")
  @ValueSource(booleans = {false, true})
  void noAppendIsLostOrDoubled(boolean all) throws Exception {
    Verdict verdict =
        SnapshotChecker.check(
            whileReplicasAreKilled(all, () -> ListAppend.run(database(), OPTIONS)),
            Freshness.REAL_TIME);
    System.out.println(
        "[measured] killed "
            + (all ? "all" : "one by one")
            + ": committed "
            + verdict.committed()
            + ", failed "
            + verdict.failed()
            + ", unknown "
            + verdict.unknown());
    assertThat(verdict.anomalies()).isEmpty();
    assertThat(verdict.committed()).isGreaterThan(50);
    databasesAreEqual();
  }

  @ParameterizedTest(name = "all: {0}")
  @ValueSource(booleans = {false, true})
  void noTransferIsLostOrDoubled(boolean all) throws Exception {
    Bank.Report report = whileReplicasAreKilled(all, () -> Bank.run(database(), OPTIONS));
    assertThat(report.anomalies()).isEmpty();
    databasesAreEqual();
  }
}
