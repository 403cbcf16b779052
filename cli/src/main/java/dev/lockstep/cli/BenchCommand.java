package dev.lockstep.cli;

import dev.lockstep.benchmarks.BenchOptions;
import dev.lockstep.benchmarks.BenchResult;
import dev.lockstep.benchmarks.Benchmark;
import dev.lockstep.benchmarks.HistoryRun;
import dev.lockstep.benchmarks.Suite;
import dev.lockstep.benchmarks.SuiteReport;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep bench} command. */
@Command(
    name = "bench",
    description = {
      "Measure a cluster on this machine: throughput, latency, CPU time, memory.",
      "Starts the replicas in a temporary directory, on the loopback interface only, loads them,"
          + " and removes them. docs/benchmarks.md says what each figure means."
    },
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class BenchCommand implements Callable<Integer> {
  private static final int FAILED = 1;

  enum Mode {
    BFT,
    CFT
  }

  @Option(names = "--replicas", paramLabel = "N", description = "Number of replicas.")
  private int replicas = 4;

  @Option(
      names = "--faults",
      paramLabel = "F",
      description = "Number of tolerated faults; default: as many as possible.")
  private Integer faults;

  @Option(names = "--mode", paramLabel = "bft|cft", description = "Byzantine or crash mode.")
  private Mode mode = Mode.BFT;

  @Option(names = "--request", paramLabel = "BYTES", description = "Size of an operation.")
  private int request;

  @Option(names = "--reply", paramLabel = "BYTES", description = "Size of a result.")
  private int reply;

  @Option(names = "--clients", paramLabel = "N", description = "Number of clients.")
  private int clients = 200;

  @Option(
      names = "--connections",
      paramLabel = "shared|own",
      description =
          "One connection to each replica for all clients, or connections and an identity for"
              + " each client.")
  private BenchOptions.Connections connections = BenchOptions.Connections.SHARED;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Calls that each client has outstanding.")
  private int inFlight = 1;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Open loop: start N operations per second by the clock. Latency counts from when an"
              + " operation was to start.")
  private Integer rate;

  @Option(names = "--unordered", description = "Operations are reads that are not ordered.")
  private boolean unordered;

  @Option(names = "--sign", description = "Clients sign their requests.")
  private boolean sign;

  @Option(names = "--no-tls", description = "Leave connections unprotected.")
  private boolean noTls;

  @Option(
      names = "--durability",
      paramLabel = "memory|durable|async",
      description = "When replicas sync what they write.")
  private Durability durability = Durability.MEMORY;

  @Option(
      names = "--processes",
      paramLabel = "N",
      description =
          "1 to have everything in one process with nothing on disk; default: a process for each"
              + " replica.")
  private Integer processes;

  @Option(
      names = "--warmup",
      paramLabel = "S",
      description =
          "Seconds under load before anything is measured; default: 10, and 3 in a suite.")
  private Integer warmup;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Seconds that are measured; default: 20, and 5 in a suite.")
  private Integer seconds;

  @Option(
      names = "--history",
      paramLabel = "FILE",
      description =
          "Instead of measuring, record reads and writes of a key-value store in FILE, one JSON"
              + " object per line, and check that they are linearizable.")
  private Path history;

  @Option(
      names = "--suite",
      paramLabel = "DIR",
      description =
          "Run many loads on Byzantine and crash clusters, and write results.md, results.json and"
              + " latency.svg in DIR; of the other options only --faults, --durability, --processes,"
              + " --warmup, --seconds and --json count.")
  private Path suite;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  BenchCommand() {}

  @Override
  public Integer call() throws IOException {
    BenchOptions options = options();
    if (suite != null) {
      return runSuite(options);
    }
    if (history != null) {
      return record(options);
    }
    BenchResult result = Benchmark.run(options, this::show);
    clearProgress();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Json.print(out, result.toMap());
    } else {
      out.print(result.toText());
    }
    out.flush();
    return result.operations() > 0 && result.failures().isEmpty() ? 0 : FAILED;
  }

  private int runSuite(BenchOptions options) throws IOException {
    Files.createDirectories(suite);
    List<BenchResult> results =
        Suite.run(
            options.group().faults(),
            durability,
            options.group().oneProcess(),
            warmup == null ? 3 : warmup,
            seconds == null ? 5 : seconds,
            (which, now) -> show(which + ", " + describe(now)));
    clearProgress();
    List<Map<String, Object>> rows = results.stream().map(BenchResult::toMap).toList();
    String table = SuiteReport.table(results);
    Files.writeString(suite.resolve("results.md"), table);
    try (PrintWriter file =
        new PrintWriter(Files.newBufferedWriter(suite.resolve("results.json")))) {
      Json.print(file, Map.of("runs", rows));
    }
    Files.writeString(suite.resolve("latency.svg"), SuiteReport.plot(results));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Json.print(out, Map.of("runs", rows));
    } else {
      out.print(table);
    }
    out.flush();
    return results.stream().allMatch(result -> result.operations() > 0) ? 0 : FAILED;
  }

  private int record(BenchOptions options) throws IOException {
    if (request != 0 || reply != 0 || inFlight != 1 || rate != null || unordered) {
      throw bad(
          "--history has its own operations, one at a time for each client; leave out --request,"
              + " --reply, --in-flight, --rate and --unordered");
    }
    HistoryRun run = HistoryRun.record(options, history, this::show);
    clearProgress();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Json.print(out, run.toMap());
    } else {
      out.print(run.toText());
    }
    out.flush();
    return run.violation().isEmpty() ? 0 : FAILED;
  }

  private BenchOptions options() {
    View.Mode of = mode == Mode.BFT ? View.Mode.BYZANTINE : View.Mode.CRASH;
    if (processes != null && processes != 1 && processes != replicas + 1) {
      throw bad(
          "--processes is "
              + processes
              + " but must be 1, or "
              + (replicas + 1)
              + " (one for each replica and this one), which is the default");
    }
    if (rate != null && rate < 1) {
      throw bad("--rate is " + rate + " but must be at least 1");
    }
    try {
      return new BenchOptions(
          new BenchOptions.Group(
              replicas,
              faults == null ? ClusterConfig.mostFaults(of, replicas) : faults,
              of,
              sign,
              !noTls,
              durability,
              processes != null && processes == 1),
          new BenchOptions.Load(
              request, reply, clients, connections, inFlight, rate == null ? 0 : rate, unordered),
          warmup == null ? 10 : warmup,
          seconds == null ? 20 : seconds);
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
  }

  private ParameterException bad(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  /** On one line that is overwritten, if somebody is looking; where it does not spoil the JSON. */
  private void show(Benchmark.Progress now) {
    show(describe(now));
  }

  private static void show(String line) {
    PrintStream err = errors();
    if (System.console() != null) {
      err.printf("\r\u001b[K%s", line);
      err.flush();
    }
  }

  private static String describe(Benchmark.Progress now) {
    return String.format(
        "%s %d of %d s: %,.0f operations/s, p50 %.2f ms, p99 %.2f ms",
        now.warmup() ? "warming up," : "measuring,",
        now.second(),
        now.of(),
        now.throughput(),
        now.p50Millis(),
        now.p99Millis());
  }

  private static void clearProgress() {
    if (System.console() != null) {
      errors().print("\r\u001b[K");
      errors().flush();
    }
  }

  private static PrintStream errors() {
    return System.err;
  }
}
