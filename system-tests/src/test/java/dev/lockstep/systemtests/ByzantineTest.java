package dev.lockstep.systemtests;

import static dev.lockstep.systemtests.Clusters.PATIENCE;
import static dev.lockstep.systemtests.Clusters.awaitOperations;
import static dev.lockstep.systemtests.Clusters.judge;
import static dev.lockstep.systemtests.Clusters.report;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.services.map.BftMapList;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.workload.MapWorkload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One replica of four that lies, under load. After each test it is honest again and has caught up.
 */
@Timeout(180)
class ByzantineTest {
  private static final int CLIENTS = 10;

  @TempDir static Path folder;

  private static ProcessCluster cluster;
  private MapWorkload load;
  private int liar;

  @BeforeAll
  static void start() throws IOException {
    cluster = Clusters.map(folder).start();
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @BeforeEach
  void load(TestInfo test) {
    load = Clusters.load(test.getTestMethod().orElseThrow().getName(), cluster, CLIENTS);
    awaitOperations(load, 200);
  }

  @AfterEach
  void judgeAndRepair() throws Exception {
    try (MapWorkload judged = load) {
      cluster.kill(liar);
      cluster.start(liar);
      takenBack(liar);
      judge(judged, cluster);
    }
  }

  private static void takenBack(int id) throws IOException {
    cluster.awaitHealthy(id, PATIENCE);
    cluster.awaitCaughtUp(id, PATIENCE);
  }

  /** Makes the next leader one that misbehaves, and has it lead. Returns when that began. */
  private long leaderThat(String misbehaves) throws IOException {
    liar = (cluster.leader() + 1) % cluster.size();
    cluster.kill(liar);
    cluster.startMisbehaving(liar, misbehaves);
    takenBack(liar);
    awaitOperations(load, 50);
    long regency = highestRegency();
    // Regencies are led in turn.
    while (regency % cluster.size() != liar) {
      regency++;
    }
    long began = System.nanoTime();
    while (highestRegency() < regency) {
      int leader = cluster.leader();
      long before = highestRegency();
      began = System.nanoTime();
      cluster.kill(leader);
      Clusters.await("the next leader", () -> highestRegency() > before);
      cluster.start(leader);
      cluster.awaitHealthy(leader, PATIENCE);
    }
    return began;
  }

  private static long highestRegency() {
    long highest = 0;
    for (int id = 0; id < cluster.size(); id++) {
      highest =
          Math.max(
              highest, cluster.replica(id).status().map(status -> status.regency()).orElse(0L));
    }
    return highest;
  }

  private void stillServes(String what, long since, int operations) {
    awaitOperations(load, operations);
    report(
        "%s: longest gap %d ms, %.0f ops/s, regency %d",
        what,
        load.completions().longestGapMillis(since, System.nanoTime()),
        load.completions().count(since, System.nanoTime()) * 1e9 / (System.nanoTime() - since),
        highestRegency());
  }

  @Test
  void leaderThatEquivocates() throws Exception {
    long began = leaderThat("equivocate");
    stillServes("a leader that equivocates (with the crash before it)", began, 200);
    assertThat(cluster.leader()).as("the equivocator is deposed").isNotEqualTo(liar);
  }

  @Test
  @Tag("slow")
  void leaderThatIgnoresOneClient() throws Exception {
    ClientCredentials victim = cluster.newCredentials();
    UUID id = new UUID(victim.id().high(), victim.id().low());
    ServiceProxy proxy = cluster.newClient(victim, ClientSettings.defaults());
    BftMapList map = new BftMapList(proxy);
    map.put("victim", List.of("before"));
    long began = leaderThat("ignore:" + id);
    long asked = System.nanoTime();
    assertThat(map.put("victim", List.of("after"))).containsExactly("before");
    report(
        "a client that the leader ignores waits %d ms",
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked));
    stillServes("a leader that ignores one client", began, 200);
    assertThat(cluster.leader()).as("the censor is deposed").isNotEqualTo(liar);
  }

  @Test
  @Tag("slow")
  void leaderThatDelays() throws Exception {
    leaderThat("delay:300");
    stillServes("a leader that delays its proposals by 300 ms or more", System.nanoTime(), 60);
  }

  @Test
  @Tag("slow")
  void followerThatLiesToClientsAndInItsVotes() throws Exception {
    liar = (cluster.leader() + 2) % cluster.size();
    cluster.kill(liar);
    cluster.startMisbehaving(liar, "false-replies+double-vote");
    takenBack(liar);
    long began = System.nanoTime();
    stillServes("a follower that lies to clients and votes two ways", began, 500);
  }

  @Test
  @Tag("slow")
  void followerThatIsMute() throws Exception {
    liar = (cluster.leader() + 2) % cluster.size();
    cluster.kill(liar);
    cluster.startMisbehaving(liar, "mute");
    long began = System.nanoTime();
    stillServes("a mute follower", began, 500);
  }
}
