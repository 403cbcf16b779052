package dev.lockstep.cli.sql;

import dev.lockstep.sql.tpcc.Charts;
import dev.lockstep.sql.tpcc.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql bench plot} command. */
@Command(
    name = "plot",
    description = "Draw results of 'tpcc --json' side by side: throughput.svg and latency.svg.",
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class PlotCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Results, in their order.")
  private List<Path> files;

  @Option(names = "--to", paramLabel = "DIR", description = "Where the drawings go.")
  private Path directory = Path.of(".");

  /** Made by picocli. */
  PlotCommand() {}

  @Override
  public Integer call() throws Exception {
    List<Result> results = new ArrayList<>();
    for (Path file : files) {
      results.add(Result.read(file));
    }
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("throughput.svg"), Charts.throughput(results));
    Files.writeString(directory.resolve("latency.svg"), Charts.latency(results));
    spec.commandLine().getOut().println("throughput.svg and latency.svg are in " + directory);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
