package dev.lockstep.systemtests;

import static dev.lockstep.systemtests.Clusters.PATIENCE;
import static dev.lockstep.systemtests.Clusters.awaitOperations;
import static dev.lockstep.systemtests.Clusters.judge;
import static dev.lockstep.systemtests.Clusters.load;
import static dev.lockstep.systemtests.Clusters.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.workload.MapWorkload;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replicas that are killed, halted, restarted, wiped, under load. */
@Timeout(180)
class CrashTest {
  private static final int CLIENTS = 10;

  /** What the default settings allow for, and as much again for a machine with other work. */
  private static final long GAP_MILLIS_MAX = 2_400;

  @TempDir Path folder;

  @Test
  void leaderKilledThenRestartedWithItsLogThenWiped() throws Exception {
    try (ProcessCluster cluster = Clusters.map(folder).start();
        MapWorkload load = load("crash", cluster, CLIENTS)) {
      awaitOperations(load, 500);

      int leader = cluster.leader();
      long killed = System.nanoTime();
      cluster.kill(leader);
      awaitOperations(load, 500);
      long gap = load.completions().longestGapMillis(killed, System.nanoTime());
      report("gap after SIGKILL of the leader: %d ms", gap);
      assertThat(gap).isLessThan(GAP_MILLIS_MAX);
      assertThat(cluster.leader()).isNotEqualTo(leader);

      cluster.start(leader);
      cluster.awaitHealthy(leader, PATIENCE);
      cluster.awaitCaughtUp(leader, PATIENCE);

      // It must have been taken back in full: the others alone are too few now.
      int second = cluster.leader();
      cluster.kill(second);
      cluster.wipe(second);
      awaitOperations(load, 200);

      cluster.start(second);
      cluster.awaitHealthy(second, PATIENCE);
      cluster.awaitCaughtUp(second, PATIENCE);
      int third = cluster.leader() == second ? leader : cluster.leader();
      cluster.kill(third);
      awaitOperations(load, 200);
      judge(load, cluster);
    }
  }

  @Test
  @Tag("slow")
  void anyReplicaHaltedForAWhile() throws Exception {
    try (ProcessCluster cluster = Clusters.map(folder).start();
        MapWorkload load = load("halt", cluster, CLIENTS)) {
      awaitOperations(load, 200);
      for (int id = 0; id < cluster.size(); id++) {
        long halted = System.nanoTime();
        cluster.pause(id);
        awaitOperations(load, 200);
        long gap = load.completions().longestGapMillis(halted, System.nanoTime());
        report("gap after SIGSTOP of replica %d: %d ms", id, gap);
        cluster.resume(id);
        cluster.awaitHealthy(id, PATIENCE);
        cluster.awaitCaughtUp(id, PATIENCE);
      }
      judge(load, cluster);
    }
  }

  @Test
  @Tag("slow")
  void asManyAsMayFailDownForGood() throws Exception {
    try (ProcessCluster cluster = Clusters.map(folder).replicas(7).start();
        MapWorkload load = load("down", cluster, CLIENTS)) {
      awaitOperations(load, 100);
      cluster.kill(cluster.leader());
      cluster.kill(cluster.leader());
      awaitOperations(load, 300);
      judge(load, cluster);
    }
  }
}
