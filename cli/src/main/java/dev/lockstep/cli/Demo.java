package dev.lockstep.cli;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.Durability;
import dev.lockstep.services.map.MapListService;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.process.ReplicaHandle;
import dev.lockstep.testkit.workload.Completions;
import dev.lockstep.testkit.workload.MapWorkload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The demonstration: four replica processes and thirty clients on this machine, and one misfortune
 * after the other.
 */
final class Demo {
  private static final int REPLICAS = 4;
  private static final int CLIENTS = 30;
  private static final double PIECE_SECONDS = 0.5;
  private static final long PIECE_NANOS = 500_000_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What the default timeouts allow for, with two times their length for a busy machine. */
  private static final long GAP_MILLIS_MAX = 5_000;

  /** Where the story is told. */
  interface Narrator {
    void say(String text);

    /** Now and then while the load runs. */
    void progress(double seconds, double rate);
  }

  /**
   * How it went.
   *
   * @param problem what a check found; empty if all is well
   */
  record Result(Optional<String> problem, Chart chart, Map<String, Object> figures) {}

  private final Path folder;
  private final Narrator narrator;
  private final List<Chart.Event> events = new ArrayList<>();
  private final Map<String, Object> figures = new LinkedHashMap<>();
  private MapWorkload load;
  private Completions completions;
  private long began;

  /**
   * @param folder for the cluster's files; empty or not there yet
   */
  Demo(Path folder, Narrator narrator) {
    this.folder = folder;
    this.narrator = narrator;
  }

  Result run() throws IOException, InterruptedException {
    narrator.say(
        "Starting four replicas as processes of their own, linked by TLS. Together they are one map"
            + " of lists, and stay correct while any one of them fails in any way.");
    try (ProcessCluster cluster =
        ProcessCluster.builder(folder, MapListService.class)
            .durability(Durability.DURABLE)
            .javaOptions("-Xmx512m", "-XX:+UseSerialGC", "-DLOCKSTEP_LOG=INFO")
            .start()) {
      List<ServiceProxy> proxies = Stream.generate(cluster::newClient).limit(CLIENTS).toList();
      load = new MapWorkload("demo", proxies);
      completions = load.completions();
      try (MapWorkload running = load) {
        play(cluster);
        running.stop();
        long ended = System.nanoTime();
        Optional<String> problem = judge(cluster);
        double[] rates = completions.rates(began, ended, PIECE_NANOS);
        return new Result(problem, new Chart(rates, PIECE_SECONDS, List.copyOf(events)), figures);
      }
    }
  }

  private void play(ProcessCluster cluster) throws IOException, InterruptedException {
    began = System.nanoTime();
    load.start();
    narrator.say(
        "Thirty clients write, read and append, each as fast as it is answered. All is well.");
    watch(6);
    figures.put("ops_per_second_before", Math.round(rate(3)));

    int leader = cluster.leader();
    long killed = System.nanoTime();
    mark("replica " + leader + ", the leader, is killed (SIGKILL)");
    cluster.kill(leader);
    narrator.say(
        "Replica "
            + leader
            + " led the others and was killed with SIGKILL. They wait for 0.4 s, pass on what it did"
            + " not propose, wait as long again, and elect the next leader.");
    watch(6);
    long gap = completions.longestGapMillis(killed, System.nanoTime());
    figures.put("killed_leader", leader);
    figures.put("gap_ms", gap);
    narrator.say(
        String.format(
            Locale.ROOT,
            "The gap: for %d ms nobody was answered. Replica %d leads now.",
            gap,
            cluster.leader()));

    mark("replica " + leader + " is started again");
    long restarted = System.nanoTime();
    cluster.start(leader);
    narrator.say(
        "Replica "
            + leader
            + " is started again. It reads its log, fetches what it missed, and proves every"
            + " decision by the signatures of the others.");
    takenBack(cluster, leader);
    figures.put("restart_ms", millisSince(restarted));
    mark("replica " + leader + " votes again");
    narrator.say(
        String.format(
            Locale.ROOT,
            "It votes again, %.1f s after its start.",
            millisSince(restarted) / 1000.0));
    watch(2);

    int liar = other(cluster, leader);
    mark("replica " + liar + " lies from here on");
    cluster.kill(liar);
    cluster.startMisbehaving(liar, "false-replies+double-vote");
    narrator.say(
        "Now replica "
            + liar
            + " is taken over: it tells clients wrong results, and votes for one thing here and for"
            + " another there. Clients believe only what enough replicas say alike.");
    cluster.awaitHealthy(liar, PATIENCE);
    long lying = System.nanoTime();
    watch(6);
    figures.put("liar", liar);
    figures.put("ops_per_second_with_liar", Math.round(rateSince(lying)));

    mark("replica " + liar + " is honest again, with an empty disk");
    cluster.kill(liar);
    cluster.wipe(liar);
    long wiped = System.nanoTime();
    cluster.start(liar);
    narrator.say(
        "Replica "
            + liar
            + " is honest again, but its disk was wiped: it has forgotten its votes. It learns"
            + " everything from the others before it may vote, so that it cannot contradict itself.");
    takenBack(cluster, liar);
    figures.put("wiped_restart_ms", millisSince(wiped));
    mark("replica " + liar + " votes again");
    narrator.say(
        String.format(
            Locale.ROOT, "It votes again, %.1f s after its start.", millisSince(wiped) / 1000.0));
    watch(3);
    figures.put("ops_per_second_at_the_end", Math.round(rate(2)));
  }

  private Optional<String> judge(ProcessCluster cluster) {
    narrator.say(
        "The load ends. Checking what every client saw, and that nothing acknowledged is lost.");
    Optional<String> problem = load.verdict(cluster.newClient());
    figures.put("operations", completions.count());
    figures.put("operations_without_result", load.withoutResult());
    figures.put("acknowledged_appends", load.acknowledged());
    figures.put("linearizable_and_nothing_lost", problem.isEmpty());
    long gap = (long) figures.get("gap_ms");
    if (problem.isEmpty() && gap > GAP_MILLIS_MAX) {
      problem = Optional.of("after the leader was killed, nobody was answered for " + gap + " ms");
    }
    narrator.say(
        problem
            .map(found -> "NOT as it must be: " + found)
            .orElse(
                String.format(
                    Locale.ROOT,
                    "%,d operations: what the clients saw is linearizable, as if there were one"
                        + " machine that never fails; all %,d acknowledged appends are where they"
                        + " were acknowledged, none twice.",
                    completions.count(),
                    load.acknowledged())));
    return problem;
  }

  /** A replica that is neither this one nor the leader. */
  private static int other(ProcessCluster cluster, int not) throws IOException {
    int leader = cluster.leader();
    int candidate = REPLICAS - 1;
    while (candidate == not || candidate == leader) {
      candidate--;
    }
    return candidate;
  }

  /** Waits until a replica that was started takes part in full, with the load running. */
  private void takenBack(ProcessCluster cluster, int id) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    ReplicaHandle replica = cluster.replica(id);
    while (!replica.isHealthy()) {
      if (!replica.isRunning() || System.nanoTime() > deadline) {
        throw new CommandFailure(
            "replica " + id + " did not come back; its log:\n" + replica.logTail());
      }
      watch(PIECE_SECONDS);
    }
    cluster.awaitCaughtUp(id, PATIENCE);
  }

  private void watch(double seconds) throws InterruptedException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (true) {
      long left = end - System.nanoTime();
      if (left <= 0) {
        return;
      }
      TimeUnit.NANOSECONDS.sleep(Math.min(left, PIECE_NANOS));
      narrator.progress(sinceBegin(), rate(1));
    }
  }

  private void mark(String what) {
    events.add(new Chart.Event(sinceBegin(), what));
  }

  private double sinceBegin() {
    return (System.nanoTime() - began) / 1e9;
  }

  private static long millisSince(long moment) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - moment);
  }

  /** Operations per second in the last so many seconds. */
  private double rate(double seconds) {
    return rateSince(System.nanoTime() - (long) (seconds * 1e9));
  }

  private double rateSince(long moment) {
    long now = System.nanoTime();
    return completions.count(moment, now) * 1e9 / (now - moment);
  }
}
