package dev.lockstep.simulator.run;

import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.plan.FaultEvent;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.plan.Schedule;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes a failing run smaller while the same check still fails: delta debugging over the planned
 * faults (Zeller's ddmin), then fewer Byzantine participants, clients and operations.
 */
public final class Shrinker {
  private final Variant variant;
  private final PrintStream progress;
  private final int runsMax;
  private String check;
  private int runs;

  /**
   * Prepares.
   *
   * @param runsMax gives up after so many runs and returns what it has
   * @param progress null for none
   */
  public Shrinker(Variant variant, int runsMax, PrintStream progress) {
    this.variant = variant;
    this.runsMax = runsMax;
    this.progress = progress;
  }

  /** Returns the smallest run that it finds; the same one when it does not fail at all. */
  public RunConfig shrink(RunConfig config) {
    Violation violation = Simulation.checked(config, variant, null).run().violation();
    if (violation == null) {
      return config;
    }
    check = violation.check();
    RunConfig smallest = config;
    int before;
    do {
      before = size(smallest);
      smallest = shrinkFaults(smallest);
      smallest = shrinkAdversaries(smallest);
      smallest = shrinkWork(smallest);
    } while (size(smallest) < before && runs < runsMax);
    return smallest;
  }

  private static int size(RunConfig config) {
    int behaviours = config.adversaries().values().stream().mapToInt(List::size).sum();
    return config.faults().size()
        + behaviours
        + config.clientAdversaries().size()
        + config.workload().clients() * config.workload().operations();
  }

  private boolean fails(RunConfig config) {
    if (runs >= runsMax) {
      return false;
    }
    runs++;
    Violation violation = Simulation.checked(config, variant, null).run().violation();
    boolean same = violation != null && violation.check().equals(check);
    if (same && progress != null) {
      progress.printf(
          "run %d: still %s with %d faults, %s, %s, %d clients with %d operations%n",
          runs,
          check,
          config.faults().size(),
          config.adversaries(),
          config.clientAdversaries(),
          config.workload().clients(),
          config.workload().operations());
    }
    return same;
  }

  private RunConfig shrinkFaults(RunConfig config) {
    List<FaultEvent> kept = config.faults();
    int parts = 2;
    while (kept.size() >= 1 && runs < runsMax) {
      List<FaultEvent> smaller = null;
      for (int i = 0; i < parts && smaller == null; i++) {
        List<FaultEvent> without = new ArrayList<>(kept);
        without.subList(kept.size() * i / parts, kept.size() * (i + 1) / parts).clear();
        if (without.size() < kept.size() && fails(config.withFaults(without))) {
          smaller = without;
        }
      }
      if (smaller != null) {
        kept = smaller;
        parts = Math.max(parts - 1, 2);
      } else if (parts >= kept.size()) {
        break;
      } else {
        parts = Math.min(kept.size(), parts * 2);
      }
    }
    return config.withFaults(kept);
  }

  private RunConfig shrinkAdversaries(RunConfig config) {
    RunConfig smallest = config;
    for (String name : config.clientAdversaries()) {
      List<String> clients = new ArrayList<>(smallest.clientAdversaries());
      clients.remove(name);
      RunConfig without = smallest.withAdversaries(smallest.adversaries(), clients);
      if (fails(without)) {
        smallest = without;
      }
    }
    for (int replica : config.adversaries().keySet()) {
      SortedMap<Integer, List<String>> replicas = new TreeMap<>(smallest.adversaries());
      replicas.remove(replica);
      RunConfig without = smallest.withAdversaries(replicas, smallest.clientAdversaries());
      if (fails(without)) {
        smallest = without;
        continue;
      }
      for (String name : config.adversaries().get(replica)) {
        List<String> names = new ArrayList<>(smallest.adversaries().get(replica));
        names.remove(name);
        if (names.isEmpty()) {
          continue;
        }
        replicas = new TreeMap<>(smallest.adversaries());
        replicas.put(replica, names);
        RunConfig fewer = smallest.withAdversaries(replicas, smallest.clientAdversaries());
        if (fails(fewer)) {
          smallest = fewer;
        }
      }
    }
    return smallest;
  }

  private RunConfig shrinkWork(RunConfig config) {
    RunConfig smallest = config;
    for (int clients = 1; clients < config.workload().clients(); clients++) {
      RunConfig fewer = withWork(smallest, clients, smallest.workload().operations());
      if (fails(fewer)) {
        smallest = fewer;
        break;
      }
    }
    int operations = smallest.workload().operations();
    while (operations > 1) {
      operations /= 2;
      RunConfig fewer = withWork(smallest, smallest.workload().clients(), operations);
      if (!fails(fewer)) {
        break;
      }
      smallest = fewer;
    }
    return smallest;
  }

  private static RunConfig withWork(RunConfig config, int clients, int operations) {
    RunConfig.Workload work = config.workload();
    return config.withWorkload(
        Schedule.work(work, clients, operations, work.operationsAfterHeal()));
  }
}
