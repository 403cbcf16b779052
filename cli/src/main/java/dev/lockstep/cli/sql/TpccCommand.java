package dev.lockstep.cli.sql;

import dev.lockstep.cli.CommandFailure;
import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.tpcc.Loader;
import dev.lockstep.sql.tpcc.Options;
import dev.lockstep.sql.tpcc.Result;
import dev.lockstep.sql.tpcc.Run;
import dev.lockstep.sql.tpcc.Scale;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql bench tpcc} command. */
@Command(
    name = "tpcc",
    description = {
      "Run the transactions of TPC-C: throughput, latency of each kind, retries, processor time.",
      "Its tables are made anew with --load. The figures are not those of TPC-C itself: docs/sql.md"
          + " says where the workload differs."
    },
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class TpccCommand implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int TERMINALS_PER_WAREHOUSE = 10;

  @Spec private CommandSpec spec;
  @Mixin private Target target;

  @Option(names = "--warehouses", paramLabel = "N", description = "Number of warehouses.")
  private int warehouses = 1;

  @Option(
      names = "--percent",
      paramLabel = "P",
      description = "Items, customers and orders, in percent of what the specification demands.")
  private int percent = 100;

  @Option(names = "--load", description = "Drop the tables, make them anew and fill them first.")
  private boolean load;

  @Option(names = "--load-only", description = "As --load, and run nothing.")
  private boolean loadOnly;

  @Option(
      names = "--terminals",
      paramLabel = "N",
      description = "Number of terminals; default: ten for each warehouse.")
  private Integer terminalsOrNull;

  @Option(names = "--think", description = "Type and think as long as persons do.")
  private boolean think;

  @Option(names = "--warm-up", paramLabel = "SECONDS", description = "Before the measurement.")
  private int warmupSeconds = 10;

  @Option(names = "--seconds", paramLabel = "SECONDS", description = "Of the measurement.")
  private int seconds = 60;

  @Option(names = "--isolation", paramLabel = "LEVEL", description = "Of all transactions.")
  private String isolation = "repeatable-read";

  @Option(names = "--label", paramLabel = "NAME", description = "What the result is called.")
  private String label = "run";

  @Option(
      names = "--cpu-of",
      paramLabel = "PID",
      split = ",",
      description =
          "Count the processor time of these processes and what they begin, beside the client's.")
  private List<Long> processes = new ArrayList<>();

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  /** Made by picocli. */
  TpccCommand() {}

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    try {
      Database database = target.database(isolation);
      Scale scale = percent == 100 ? Scale.full(warehouses) : Scale.part(warehouses, percent);
      if (load || loadOnly) {
        Loader.load(database, scale, line -> progress(err, line));
      }
      if (loadOnly) {
        return 0;
      }
      int terminals =
          terminalsOrNull == null ? warehouses * TERMINALS_PER_WAREHOUSE : terminalsOrNull;
      Options options =
          new Options(
              scale,
              terminals,
              think,
              warmupSeconds,
              seconds,
              System.currentTimeMillis(),
              processes);
      Result result = Run.run(database, options, label, line -> progress(err, line));
      PrintWriter out = spec.commandLine().getOut();
      out.print(json ? result.toJson() + "\n" : result.toText());
      out.flush();
      return result.violatedConditions().isEmpty() ? 0 : FAILED;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (SQLException e) {
      throw new CommandFailure(e.getMessage());
    }
  }

  private static void progress(PrintWriter err, String line) {
    err.println("  " + line);
    err.flush();
  }
}
