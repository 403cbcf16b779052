package dev.lockstep.cli;

import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Tracer;
import dev.lockstep.simulator.adversary.catalogue.AdversaryNames;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.mutant.Mutant;
import dev.lockstep.simulator.mutant.MutantHunt;
import dev.lockstep.simulator.mutant.Mutants;
import dev.lockstep.simulator.plan.Fault;
import dev.lockstep.simulator.plan.Restrictions;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.plan.Schedule;
import dev.lockstep.simulator.run.RunResult;
import dev.lockstep.simulator.run.Shrinker;
import dev.lockstep.simulator.run.Simulation;
import dev.lockstep.simulator.run.SimulationRunner;
import dev.lockstep.simulator.run.Summary;
import dev.lockstep.simulator.run.TraceHashes;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep sim} command. */
@Command(
    name = "sim",
    description = {
      "Run simulated clusters under faults and attacks, and check every step.",
      "Each run is drawn from its seed: group, workload, faults, adversaries. The exit code is 0 if"
          + " all runs are clean, 1 if one violates an invariant or stalls, 2 for bad input."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class SimCommand implements Callable<Integer> {
  private static final int FOUND_SOMETHING = 1;
  private static final int MUTANT_SEEDS = 500;
  private static final int SHRINK_RUNS = 400;

  @Option(names = "--seeds", paramLabel = "A-B", description = "Run the seeds A to B.")
  private String seeds;

  @Option(names = "--seed", paramLabel = "N", description = "Run one seed.")
  private Long seed;

  @Option(names = "--trace", description = "Print every event of the one run readably.")
  private boolean trace;

  @Option(
      names = "--trace-hash",
      description = "Print a hash of the complete trace of each seed of --seeds.")
  private boolean traceHash;

  @Option(
      names = "--against",
      paramLabel = "FILE",
      description = "With --trace-hash: compare with hashes printed before; 1 if any differs.")
  private Path against;

  @Option(
      names = "--shrink",
      paramLabel = "FILE",
      description = "Look for a smaller run that fails in the same way, and write it to FILE.")
  private Path shrink;

  @Option(
      names = "--schedule",
      paramLabel = "FILE",
      description = "Replay what --shrink has written; goes with the same seed and options.")
  private Path schedule;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(names = "--small", description = "Draw small, fast runs.")
  private boolean small;

  @Option(names = "--replicas", paramLabel = "N", description = "Number of replicas.")
  private Integer replicas;

  @Option(names = "--tolerate", paramLabel = "F", description = "Number of tolerated faults.")
  private Integer tolerate;

  @Option(names = "--mode", paramLabel = "bft|cft", description = "Byzantine or crash mode.")
  private String mode;

  @Option(names = "--window", paramLabel = "W", description = "Number of open instances.")
  private Integer window;

  @Option(
      names = "--adversary",
      paramLabel = "NAME",
      description = "The one Byzantine behaviour to use, or 'none'.")
  private String adversary;

  @Option(
      names = "--fault",
      paramLabel = "NAME",
      description = "The one kind of fault to use, or 'none'.")
  private String fault;

  @Option(names = "--threads", paramLabel = "N", description = "Default: one per processor.")
  private Integer threads;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description = "Keep the state of a long run in FILE, and go on from there.")
  private Path resume;

  @Option(names = "--list", description = "Name all adversaries, faults and mutants.")
  private boolean list;

  @Option(
      names = "--mutants",
      description = "Break the rules one by one: every mutant must be caught.")
  private boolean mutants;

  @Option(
      names = "--mutant",
      paramLabel = "NAME",
      description = "Run with one rule broken; without seeds, hunt this mutant only.")
  private String mutantName;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SimCommand() {}

  @Override
  public Integer call() throws IOException {
    if (list) {
      return list();
    }
    Mutant mutant = mutantName == null ? null : mutantNamed();
    if (mutants || (mutant != null && seed == null && seeds == null)) {
      return hunt(mutant == null ? Mutants.all() : List.of(mutant));
    }
    if ((seed == null) == (seeds == null)) {
      throw bad("Give either --seed N or --seeds A-B");
    }
    if ((traceHash && (seeds == null || mutant != null)) || (against != null && !traceHash)) {
      throw bad("--trace-hash goes with --seeds A-B and without a mutant, --against with it");
    }
    Restrictions restrictions = restrictions();
    Variant variant = mutant == null ? Variant.standard() : mutant.variant();
    try {
      return seed != null ? one(restrictions, variant) : range(restrictions, variant);
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
  }

  private ParameterException bad(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  private Restrictions restrictions() {
    View.Mode drawn = null;
    if (mode != null) {
      drawn =
          switch (mode) {
            case "bft" -> View.Mode.BYZANTINE;
            case "cft" -> View.Mode.CRASH;
            default -> throw bad("--mode is '" + mode + "' but must be bft or cft");
          };
    }
    try {
      return new Restrictions(replicas, tolerate, drawn, window, adversary, fault, small);
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage() + "; 'lockstep sim --list' names all");
    }
  }

  private Mutant mutantNamed() {
    return Mutants.all().stream()
        .filter(each -> each.name().equals(mutantName))
        .findFirst()
        .orElseThrow(
            () ->
                bad(
                    "there is no mutant named "
                        + mutantName
                        + "; 'lockstep sim --list' names all"));
  }

  // ---- many runs ----------------------------------------------------------------------------

  private int range(Restrictions restrictions, Variant variant) throws IOException {
    if (trace || shrink != null || schedule != null) {
      throw bad("--trace, --shrink and --schedule go with --seed N");
    }
    long[] ends = ends();
    if (traceHash) {
      return hashes(TraceHashes.of(ends[0], ends[1], restrictions));
    }
    int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (workers < 1 || workers > 256) {
      throw bad("--threads is " + workers + " but must be 1 to 256");
    }
    SimulationRunner.Options options =
        SimulationRunner.Options.of(ends[0], ends[1], restrictions, errors())
            .withThreads(workers)
            .withVariant(variant)
            .withCheckpoint(resume);
    Summary summary = new SimulationRunner(options).run();
    if (json) {
      printJson(summary.toMap());
    } else {
      print(summary.toMap());
    }
    return summary.isClean() ? 0 : FOUND_SOMETHING;
  }

  private int hashes(SortedMap<Long, String> hashes) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (against == null) {
      TraceHashes.write(hashes).forEach(out::println);
      out.flush();
      return 0;
    }
    SortedMap<Long, String> before = TraceHashes.read(Files.readAllLines(against));
    List<Long> unknown =
        hashes.keySet().stream().filter(each -> !before.containsKey(each)).toList();
    if (!unknown.isEmpty()) {
      throw bad(against + " has no hash of seed " + unknown.get(0));
    }
    List<Long> changed =
        hashes.keySet().stream()
            .filter(each -> !hashes.get(each).equals(before.get(each)))
            .toList();
    out.printf("%d of %d traces differ%s%n", changed.size(), hashes.size(), some(changed));
    out.flush();
    return changed.isEmpty() ? 0 : FOUND_SOMETHING;
  }

  private static String some(List<Long> seeds) {
    return seeds.isEmpty() ? "" : ", of the seeds " + seeds.subList(0, Math.min(10, seeds.size()));
  }

  private long[] ends() {
    String[] parts = seeds.split("-", -1);
    try {
      long first = Long.parseLong(parts[0]);
      long last = parts.length == 1 ? first : Long.parseLong(parts[1]);
      if (parts.length <= 2 && first >= 0 && last >= first) {
        return new long[] {first, last};
      }
    } catch (NumberFormatException e) {
      // Said below, with what it should be.
    }
    throw bad("--seeds is '" + seeds + "' but must be A-B with 0 <= A <= B");
  }

  /** Progress goes where it does not spoil the JSON. */
  private static PrintStream errors() {
    return System.err;
  }

  private void print(Map<String, Object> figures) {
    PrintWriter out = spec.commandLine().getOut();
    figures.forEach((name, value) -> out.printf("%-16s %s%n", name, value));
    out.flush();
  }

  private void printJson(Object value) {
    Json.print(spec.commandLine().getOut(), value);
  }

  // ---- one run --------------------------------------------------------------------------------

  private int one(Restrictions restrictions, Variant variant) throws IOException {
    RunConfig config = RunConfig.draw(seed, restrictions);
    if (schedule != null) {
      config = Schedule.apply(config, Files.readAllLines(schedule));
    }
    if (shrink != null) {
      config = new Shrinker(variant, SHRINK_RUNS, errors()).shrink(config);
      Files.write(shrink, Schedule.write(config));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (!json) {
      out.print(config.describe());
    }
    // Buffered: a trace has hundreds of thousands of lines.
    PrintWriter lines =
        new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), false);
    out.flush();
    Tracer tracer = trace && !json ? lines::println : null;
    RunResult result = Simulation.checked(config, variant, tracer).run();
    lines.flush();
    if (json) {
      Summary summary = new Summary();
      summary.add(result);
      printJson(summary.toMap());
    } else {
      out.println(result);
      if (result.violation() != null) {
        out.println("Replay: " + result.command() + otherOptions());
      }
      out.flush();
    }
    return result.violation() != null ? FOUND_SOMETHING : 0;
  }

  private String otherOptions() {
    Path file = shrink != null ? shrink : schedule;
    return (mutantName == null ? "" : " --mutant " + mutantName)
        + (file == null ? "" : " --schedule " + file);
  }

  // ---- mutants ----------------------------------------------------------------------------------

  private int hunt(List<Mutant> hunted) {
    List<Map<String, Object>> rows = new ArrayList<>();
    PrintWriter out = spec.commandLine().getOut();
    boolean all = true;
    for (Mutant mutant : hunted) {
      errors().println("hunting " + mutant.name() + ": " + mutant.breaks());
      MutantHunt.Finding finding = MutantHunt.hunt(mutant, MUTANT_SEEDS);
      all &= finding.isCaught();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("name", mutant.name());
      row.put("caught_by", finding.caughtBy());
      row.put("seeds", finding.seeds());
      row.put("breaks", mutant.breaks());
      row.put("command", finding.command());
      rows.add(row);
      if (!json) {
        out.printf(
            "%-34s %s%n",
            mutant.name(),
            finding.isCaught()
                ? "caught by " + finding.caughtBy() + " with seed " + finding.seeds()
                : "NOT CAUGHT within " + finding.seeds() + " seeds");
        out.flush();
      }
    }
    if (json) {
      printJson(Map.of("mutants", rows));
    }
    return all ? 0 : FOUND_SOMETHING;
  }

  private int list() {
    Map<String, Object> names = new LinkedHashMap<>();
    names.put("adversaries", AdversaryNames.all());
    names.put("faults", Arrays.stream(Fault.values()).map(Fault::label).toList());
    names.put("mutants", Mutants.all().stream().map(Mutant::name).toList());
    if (json) {
      printJson(names);
      return 0;
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println("adversaries (--adversary NAME):");
    AdversaryNames.all()
        .forEach(name -> out.printf("  %-28s %s%n", name, AdversaryNames.describe(name)));
    out.println("faults (--fault NAME):");
    for (Fault each : Fault.values()) {
      out.printf("  %s%n", each.label());
    }
    out.println("mutants (--mutant NAME):");
    Mutants.all().forEach(each -> out.printf("  %-34s %s%n", each.name(), each.breaks()));
    out.flush();
    return 0;
  }
}
