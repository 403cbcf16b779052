package dev.lockstep.systemtests;

import static dev.lockstep.systemtests.Clusters.PATIENCE;
import static dev.lockstep.systemtests.Clusters.await;
import static dev.lockstep.systemtests.Clusters.awaitOperations;
import static dev.lockstep.systemtests.Clusters.judge;
import static dev.lockstep.systemtests.Clusters.load;
import static dev.lockstep.systemtests.Clusters.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.config.Durability;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.process.ReplicaHandle;
import dev.lockstep.testkit.workload.MapWorkload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that come back when the logs of the others do not reach back to them. */
@Timeout(240)
class StateTransferTest {
  private static final int CLIENTS = 10;
  private static final long PERIOD = 150;

  @TempDir Path folder;

  private ProcessCluster.Builder cluster() {
    ReplicaConfig.Budgets some = ReplicaConfig.Budgets.defaults();
    return Clusters.map(folder)
        .checkpointPeriod(PERIOD)
        .budgets(
            new ReplicaConfig.Budgets(
                some.clientRequests(),
                some.clientBytes(),
                some.peerRequests(),
                some.peerBytes(),
                100_000,
                some.transferBytes()));
  }

  private static long delivered(ProcessCluster cluster, int id) {
    return cluster.replica(id).status().map(ReplicaHandle.Status::lastDelivered).orElse(-1L);
  }

  /** The logs of all others begin later than the replica's end. */
  private static void awaitOutOfReach(ProcessCluster cluster, int id, long last) {
    for (int other = 0; other < cluster.size(); other++) {
      int which = other;
      if (which != id) {
        await("replica " + which, () -> delivered(cluster, which) > last + 4 * PERIOD);
      }
    }
  }

  private static double events(ProcessCluster cluster, int id, String event) {
    return cluster.replica(id).metric("lockstep_protocol_events_total", "event=\"" + event + "\"");
  }

  private static List<Path> files(ProcessCluster cluster, int id, String suffix)
      throws IOException {
    try (Stream<Path> files = Files.list(cluster.directory().replica(id).resolve("data"))) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }

  private static void flip(Path file, long seed) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < 8; i++) {
        bytes[random.nextInt(bytes.length / 4, bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void bringBack(ProcessCluster cluster, int id, String what) throws IOException {
    long since = System.nanoTime();
    cluster.start(id);
    cluster.awaitCaughtUp(id, PATIENCE);
    cluster.awaitHealthy(id, PATIENCE);
    report(
        "replica %d, %s: takes part after %d ms, %.0f transfers",
        id, what, (System.nanoTime() - since) / 1_000_000, events(cluster, id, "transfer_done"));
  }

  @Test
  @Tag("slow")
  void downForLongWipedAndDamagedWhileTheOthersDecide() throws Exception {
    try (ProcessCluster cluster = cluster().start();
        MapWorkload load = load("transfer", cluster, CLIENTS)) {
      awaitOperations(load, 300);
      long before = delivered(cluster, 1);
      cluster.kill(1);
      awaitOutOfReach(cluster, 1, before);
      bringBack(cluster, 1, "down for long");
      assertThat(events(cluster, 1, "transfer_done")).isEqualTo(1);

      cluster.kill(2);
      cluster.wipe(2);
      bringBack(cluster, 2, "wiped");
      assertThat(events(cluster, 2, "transfer_done")).isEqualTo(1);
      assertThat(cluster.replica(2).logTail())
          .contains("takes the state of others", "has the state of others after");

      await("two checkpoints", () -> events(cluster, 3, "checkpointed") >= 2);
      cluster.kill(3);
      List<Path> checkpoints = files(cluster, 3, ".ckpt");
      assertThat(checkpoints).hasSizeBetween(2, 3);
      flip(checkpoints.get(0), 1);
      bringBack(cluster, 3, "newest checkpoint damaged");

      cluster.kill(3);
      flip(files(cluster, 3, ".seg").get(0), 2);
      bringBack(cluster, 3, "log damaged");

      // All must have been taken back in full: without another one the rest goes on.
      cluster.kill(0);
      awaitOperations(load, 200);
      judge(load, cluster);
      for (int id = 0; id < cluster.size(); id++) {
        assertThat(files(cluster, id, ".ckpt")).hasSizeBetween(1, 3);
      }
    }
  }

  @Test
  @Tag("slow")
  void allKilledAtOnceAgainAndAgain() throws Exception {
    try (ProcessCluster cluster = cluster().durability(Durability.DURABLE).start();
        MapWorkload load = load("total", cluster, CLIENTS)) {
      SplittableRandom random = new SplittableRandom(3);
      for (int round = 0; round < 2; round++) {
        awaitOperations(load, 200 + random.nextInt(400));
        for (int id = 0; id < cluster.size(); id++) {
          cluster.kill(id);
        }
        int absent = random.nextInt(cluster.size());
        for (int id = 0; id < cluster.size(); id++) {
          if (id != absent) {
            cluster.start(id);
          }
        }
        awaitOperations(load, 100);
        if (round % 2 == 1) {
          cluster.wipe(absent);
        }
        bringBack(cluster, absent, round % 2 == 1 ? "wiped after a total crash" : "last to return");
      }
      judge(load, cluster);
    }
  }
}
