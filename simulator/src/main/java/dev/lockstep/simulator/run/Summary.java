package dev.lockstep.simulator.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The figures of many runs. Not thread-safe. */
public final class Summary {
  private static final int FAILURES_KEPT = 100;

  /** One run that found something. */
  public record Failure(long seed, String check, String message, String command) {}

  private long runs;
  private long virtualMicros;
  private long events;
  private long decisions;
  private long regencyChanges;
  private long syncPhases;
  private long bound;
  private long noop;
  private long completed;
  private long unknown;
  private long violations;
  private long stalls;
  private long wallMillis;
  private final TreeMap<String, Long> configurations = new TreeMap<>();
  private final TreeMap<String, Long> adversaries = new TreeMap<>();
  private final TreeMap<String, Long> faults = new TreeMap<>();
  private final TreeMap<String, Long> checks = new TreeMap<>();
  private final TreeMap<String, Long> figures = new TreeMap<>();
  private final TreeMap<String, Long> runsWith = new TreeMap<>();
  private final List<Failure> failures = new ArrayList<>();

  /** Adds one run. */
  public void add(RunResult result) {
    runs++;
    virtualMicros += result.virtualMicros();
    events += result.events();
    decisions += result.decisions();
    regencyChanges += result.regencyChanges();
    syncPhases += result.syncPhases();
    bound += result.bound();
    noop += result.noop();
    completed += result.completed();
    unknown += result.unknown();
    result.config().labels().forEach(label -> configurations.merge(label, 1L, Long::sum));
    result.config().adversaryNames().forEach(name -> adversaries.merge(name, 1L, Long::sum));
    result.config().faultNames().forEach(name -> faults.merge(name, 1L, Long::sum));
    result
        .figures()
        .forEach(
            (name, count) -> {
              figures.merge(name, count, Long::sum);
              runsWith.merge(name, 1L, Long::sum);
            });
    if (result.violation() == null) {
      return;
    }
    if (result.isStall()) {
      stalls++;
    } else {
      violations++;
    }
    checks.merge(result.violation().check(), 1L, Long::sum);
    if (failures.size() < FAILURES_KEPT) {
      failures.add(
          new Failure(
              result.config().seed(),
              result.violation().check(),
              result.violation().getMessage(),
              result.command()));
    }
  }

  void addWallMillis(long millis) {
    wallMillis += millis;
  }

  public long runs() {
    return runs;
  }

  public long violations() {
    return violations;
  }

  public long stalls() {
    return stalls;
  }

  public boolean isClean() {
    return violations == 0 && stalls == 0;
  }

  public List<Failure> failures() {
    return List.copyOf(failures);
  }

  /** Everything, in the order in which it should be printed as JSON. */
  public Map<String, Object> toMap() {
    LinkedHashMap<String, Object> map = new LinkedHashMap<>();
    map.put("runs", runs);
    map.put("virtual_seconds", virtualMicros / 1_000_000);
    map.put("events", events);
    map.put("decisions", decisions);
    map.put("regency_changes", regencyChanges);
    map.put("sync_phases", syncPhases);
    map.put("bound", bound);
    map.put("noop", noop);
    map.put("completed", completed);
    map.put("unknown", unknown);
    map.put("violations", violations);
    map.put("stalls", stalls);
    map.put("wall_seconds", wallMillis / 1_000.0);
    map.put("configurations", new TreeMap<>(configurations));
    map.put("adversaries", new TreeMap<>(adversaries));
    map.put("faults", new TreeMap<>(faults));
    map.put("happened", new TreeMap<>(figures));
    map.put("runs_in_which", new TreeMap<>(runsWith));
    map.put("checks", new TreeMap<>(checks));
    List<Map<String, Object>> list = new ArrayList<>();
    for (Failure failure : failures) {
      LinkedHashMap<String, Object> entry = new LinkedHashMap<>();
      entry.put("seed", failure.seed);
      entry.put("check", failure.check);
      entry.put("message", failure.message.lines().findFirst().orElse(""));
      entry.put("command", failure.command);
      list.add(entry);
    }
    map.put("failures", list);
    return map;
  }

  // ---- checkpoints

  /** Lines that {@link #restore} understands. */
  List<String> save() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "figures "
            + runs
            + " "
            + virtualMicros
            + " "
            + events
            + " "
            + decisions
            + " "
            + regencyChanges
            + " "
            + syncPhases
            + " "
            + bound
            + " "
            + noop
            + " "
            + completed
            + " "
            + unknown
            + " "
            + violations
            + " "
            + stalls
            + " "
            + wallMillis);
    save(lines, "configuration", configurations);
    save(lines, "adversary", adversaries);
    save(lines, "fault", faults);
    save(lines, "check", checks);
    save(lines, "happened", figures);
    save(lines, "runs-in-which", runsWith);
    for (Failure failure : failures) {
      lines.add(
          "failure\t"
              + failure.seed
              + "\t"
              + failure.check
              + "\t"
              + failure.command
              + "\t"
              + failure.message.replace("\t", "  ").replace("\n", "\\n"));
    }
    return lines;
  }

  private static void save(List<String> lines, String kind, Map<String, Long> counts) {
    counts.forEach((name, count) -> lines.add(kind + "\t" + name + "\t" + count));
  }

  /** Takes up where a checkpoint left off. */
  void restore(List<String> lines) {
    for (String line : lines) {
      if (line.startsWith("figures ")) {
        String[] words = line.split(" ");
        runs = Long.parseLong(words[1]);
        virtualMicros = Long.parseLong(words[2]);
        events = Long.parseLong(words[3]);
        decisions = Long.parseLong(words[4]);
        regencyChanges = Long.parseLong(words[5]);
        syncPhases = Long.parseLong(words[6]);
        bound = Long.parseLong(words[7]);
        noop = Long.parseLong(words[8]);
        completed = Long.parseLong(words[9]);
        unknown = Long.parseLong(words[10]);
        violations = Long.parseLong(words[11]);
        stalls = Long.parseLong(words[12]);
        wallMillis = Long.parseLong(words[13]);
        continue;
      }
      String[] parts = line.split("\t", -1);
      switch (parts[0]) {
        case "configuration" -> configurations.put(parts[1], Long.parseLong(parts[2]));
        case "adversary" -> adversaries.put(parts[1], Long.parseLong(parts[2]));
        case "fault" -> faults.put(parts[1], Long.parseLong(parts[2]));
        case "check" -> checks.put(parts[1], Long.parseLong(parts[2]));
        case "happened" -> figures.put(parts[1], Long.parseLong(parts[2]));
        case "runs-in-which" -> runsWith.put(parts[1], Long.parseLong(parts[2]));
        case "failure" ->
            failures.add(
                new Failure(
                    Long.parseLong(parts[1]), parts[2], parts[4].replace("\\n", "\n"), parts[3]));
        default -> {}
      }
    }
  }
}
