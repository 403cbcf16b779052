package dev.lockstep.benchmarks;

import dev.lockstep.benchmarks.BenchOptions.Connections;
import dev.lockstep.benchmarks.BenchOptions.Group;
import dev.lockstep.benchmarks.BenchOptions.Load;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import dev.lockstep.services.echo.EchoService;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Many benchmarks in a row, to be compared: payloads from nothing to 4 KiB, from one client to a
 * thousand calls in flight, Byzantine and crash mode, shared and own connections, with and without
 * TLS, with signatures. All that can share a cluster do, one after the other.
 */
public final class Suite {
  private static final int[] PAYLOADS = {0, 100, 1024, 4096};
  private static final int[] ENDS = {0, 1024};
  private static final int MANY = 200;

  /** For a new cluster, before anything is measured: a cold JVM is ten times as slow. */
  private static final int CLUSTER_WARMUP_SECONDS = 10;

  private Suite() {}

  /** Runs that share a cluster. */
  record Part(Group group, List<Load> loads) {}

  /**
   * All runs.
   *
   * @param faults f; there are 3f+1 replicas in Byzantine mode and 2f+1 in crash mode
   */
  static List<Part> parts(int faults, Durability durability, boolean oneProcess) {
    Group bft =
        new Group(3 * faults + 1, faults, View.Mode.BYZANTINE, false, true, durability, oneProcess);
    Group cft =
        new Group(2 * faults + 1, faults, View.Mode.CRASH, false, true, durability, oneProcess);
    List<Load> usual = new ArrayList<>();
    for (int bytes : PAYLOADS) {
      usual.addAll(shared(bytes, 1, 50, MANY));
      usual.add(thousandInFlight(bytes));
    }
    List<Load> own = new ArrayList<>();
    for (int bytes : PAYLOADS) {
      own.add(load(bytes, 50, Connections.OWN, 1));
      own.add(load(bytes, MANY, Connections.OWN, 1));
    }
    List<Load> few = new ArrayList<>();
    for (int bytes : ENDS) {
      few.addAll(shared(bytes, 1, MANY));
      few.add(thousandInFlight(bytes));
    }
    List<Load> all = new ArrayList<>(usual);
    all.addAll(own);
    all.add(new Load(0, 0, MANY, Connections.SHARED, 1, 0, true));
    List<Load> unprotected = new ArrayList<>(few);
    unprotected.add(load(0, MANY, Connections.OWN, 1));
    List<Load> crash = new ArrayList<>(usual);
    crash.add(load(0, MANY, Connections.OWN, 1));
    crash.add(load(1024, MANY, Connections.OWN, 1));
    return List.of(
        new Part(bft, all),
        new Part(bft.protecting(false, false), unprotected),
        new Part(bft.protecting(true, true), few),
        new Part(cft, crash));
  }

  private static List<Load> shared(int bytes, int... clients) {
    List<Load> loads = new ArrayList<>();
    for (int count : clients) {
      loads.add(load(bytes, count, Connections.SHARED, 1));
    }
    return loads;
  }

  private static Load thousandInFlight(int bytes) {
    return load(bytes, MANY, Connections.SHARED, 1000 / MANY);
  }

  private static Load load(int bytes, int clients, Connections connections, int inFlight) {
    return new Load(bytes, bytes, clients, connections, inFlight, 0, false);
  }

  /**
   * Runs all.
   *
   * @param warmupSeconds before each measurement; a new cluster has more
   * @param seconds that each is measured
   * @param progress told once a second, with what is being run
   * @throws IOException if a cluster cannot be started, or a replica dies
   */
  public static List<BenchResult> run(
      int faults,
      Durability durability,
      boolean oneProcess,
      int warmupSeconds,
      int seconds,
      BiConsumer<String, Benchmark.Progress> progress)
      throws IOException {
    List<Part> parts = parts(faults, durability, oneProcess);
    int all = parts.stream().mapToInt(part -> part.loads.size()).sum();
    List<BenchResult> results = new ArrayList<>();
    for (Part part : parts) {
      BenchOptions warm =
          new BenchOptions(
              part.group, load(0, MANY, Connections.SHARED, 1), CLUSTER_WARMUP_SECONDS, 1);
      try (BenchCluster cluster = Benchmark.cluster(warm, EchoService.class, EchoService::new)) {
        Benchmark.measure(cluster, warm, now -> progress.accept("new cluster", now));
        for (Load load : part.loads) {
          BenchOptions options = new BenchOptions(part.group, load, warmupSeconds, seconds);
          String which = (results.size() + 1) + "/" + all;
          results.add(Benchmark.measure(cluster, options, now -> progress.accept(which, now)));
        }
      }
    }
    return results;
  }
}
