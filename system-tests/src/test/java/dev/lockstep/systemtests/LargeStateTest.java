package dev.lockstep.systemtests;

import static dev.lockstep.systemtests.Clusters.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.services.kv.KeyValueStore;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.process.ReplicaHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A measurement: a replica without data returns to a group with a gigabyte of state under load. */
@Tag("slow")
class LargeStateTest {
  private static final int IN_FLIGHT = 50;
  private static final int VALUE_BYTES = 1_000;
  private static final long PERIOD = 2_000;
  private static final int WINDOW_SECONDS = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(240);

  @TempDir Path folder;

  private final LongAdder completed = new LongAdder();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean running = true;

  /** One put after the other, each as soon as the one before is answered. */
  private void put(KeyValueStore store, int client, long number) {
    if (running) {
      byte[] key = ByteBuffer.allocate(8).putInt(client).putInt((int) (number % 100)).array();
      store
          .putAsync(key, new byte[VALUE_BYTES])
          .whenComplete(
              (version, failure) -> {
                if (failure == null) {
                  completed.increment();
                  put(store, client, number + 1);
                } else if (running) {
                  failures.add(failure.toString());
                }
              });
    }
  }

  private double rate(String what) throws InterruptedException {
    long before = completed.sum();
    long since = System.nanoTime();
    TimeUnit.SECONDS.sleep(WINDOW_SECONDS);
    double rate = (completed.sum() - before) * 1e9 / (System.nanoTime() - since);
    report("%s: %.0f puts/s", what, rate);
    return rate;
  }

  /** 0 also if the replica is too busy to answer. */
  private static double events(ReplicaHandle replica, String event) {
    Pattern line =
        Pattern.compile(
            "(?m)^lockstep_protocol_events_total\\{event=\"" + event + "\",peer=\"none\"} (\\S+)$");
    return replica
        .metrics()
        .map(line::matcher)
        .filter(Matcher::find)
        .map(found -> Double.parseDouble(found.group(1)))
        .orElse(0.0);
  }

  private static void awaitEvents(ReplicaHandle replica, String event, int count)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (events(replica, event) < count) {
      assertThat(System.nanoTime()).as(replica.logTail()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Test
  @Timeout(900)
  void aWipedReplicaReturnsToAGigabyteUnderLoad() throws Exception {
    try (ProcessCluster cluster =
        ProcessCluster.builder(folder.resolve("cluster"), LargeKeyValueService.class)
            .checkpointPeriod(PERIOD)
            .javaOptions("-Xmx3g", "-XX:+UseG1GC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info")
            .start()) {
      ServiceProxy proxy = cluster.newClient();
      KeyValueStore store = new KeyValueStore(proxy);
      for (int client = 0; client < IN_FLIGHT; client++) {
        put(store, client, 0);
      }
      int victim = 3;
      for (int id = 0; id < victim; id++) {
        awaitEvents(cluster.replica(id), "checkpointed", 2);
      }
      double before = rate("four replicas");
      cluster.kill(victim);
      cluster.wipe(victim);
      double without = rate("three replicas");

      long began = System.nanoTime();
      long operations = completed.sum();
      cluster.start(victim);
      ReplicaHandle replica = cluster.replica(victim);
      awaitEvents(replica, "transfer_done", 1);
      cluster.awaitCaughtUp(victim, PATIENCE);
      cluster.awaitHealthy(victim, PATIENCE);
      double seconds = (System.nanoTime() - began) / 1e9;
      double during = (completed.sum() - operations) / seconds;
      report(
          "returned after %.1f s; meanwhile %.0f puts/s, %.0f%% of that of four, %.0f%% of three",
          seconds, during, 100 * during / before, 100 * during / without);
      replica
          .logTail()
          .lines()
          .filter(line -> line.contains("tate"))
          .forEach(line -> report("%s", line));
      rate("four replicas again");
      running = false;
      assertThat(failures).isEmpty();
      for (int id = 0; id < cluster.size(); id++) {
        report(
            "replica %d: %d MB resident", id, cluster.replica(id).residentBytes().orElse(0L) >> 20);
      }
    }
  }
}
