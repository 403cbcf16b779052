package dev.lockstep.simulator.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is left of a run after shrinking, as text: which faults of the plan remain, and how much
 * work and malice. Applied to the configuration of the same seed and restrictions.
 */
public final class Schedule {
  private Schedule() {}

  /** Lines that {@link #apply} understands. */
  public static List<String> write(RunConfig config) {
    List<String> lines = new ArrayList<>();
    lines.add("# seed " + config.seed() + config.origin().options());
    RunConfig.Workload work = config.workload();
    lines.add(
        "work " + work.clients() + " " + work.operations() + " " + work.operationsAfterHeal());
    config
        .adversaries()
        .forEach((id, names) -> lines.add("replica " + id + " " + String.join(" ", names)));
    config.clientAdversaries().forEach(name -> lines.add("client " + name));
    config.faults().forEach(event -> lines.add(event.line()));
    return lines;
  }

  /**
   * The configuration as the lines say; replaces all faults, adversaries and the amount of work.
   */
  public static RunConfig apply(RunConfig config, List<String> lines) {
    List<String> faults = new ArrayList<>();
    SortedMap<Integer, List<String>> replicas = new TreeMap<>();
    List<String> clients = new ArrayList<>();
    RunConfig changed = config;
    for (String line : lines) {
      String[] words = line.trim().split("\\s+");
      switch (words[0]) {
        case "work" ->
            changed =
                changed.withWorkload(
                    work(
                        config.workload(),
                        Integer.parseInt(words[1]),
                        Integer.parseInt(words[2]),
                        Integer.parseInt(words[3])));
        case "replica" ->
            replicas.put(Integer.parseInt(words[1]), List.of(words).subList(2, words.length));
        case "client" -> clients.add(words[1]);
        default -> faults.add(line);
      }
    }
    return changed.withAdversaries(replicas, clients).withFaults(FaultEvent.parseAll(faults));
  }

  public static RunConfig.Workload work(
      RunConfig.Workload work, int clients, int operations, int afterHeal) {
    return new RunConfig.Workload(
        clients,
        operations,
        afterHeal,
        work.thinkMicros(),
        work.outstanding(),
        work.keys(),
        work.readPercent(),
        work.unorderedPercent(),
        work.largePercent(),
        work.reopenPermille(),
        work.calm());
  }
}
