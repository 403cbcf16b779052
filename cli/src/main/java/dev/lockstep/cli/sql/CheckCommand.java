package dev.lockstep.cli.sql;

import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.HistoryFile;
import dev.lockstep.sql.history.SnapshotChecker;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql bench check} command. */
@Command(
    name = "check",
    description = "Judge a list-append history in a file, of this program or of Jepsen's workload.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The history, as JSON.")
  private Path file;

  @Option(
      names = "--session",
      description = "Allow transactions to see an older state than others were told of.")
  private boolean session;

  @Option(names = "--json", description = "Print the verdict as JSON.")
  private boolean json;

  /** Made by picocli. */
  CheckCommand() {}

  @Override
  public Integer call() throws Exception {
    History history = HistoryFile.read(file);
    try {
      return Verdicts.print(
          spec.commandLine().getOut(),
          history,
          SnapshotChecker.check(history, session ? Freshness.SESSION : Freshness.REAL_TIME)
              .anomalies(),
          json);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
