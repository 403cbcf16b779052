package dev.lockstep.cli.sql;

import dev.lockstep.cli.CommandFailure;
import dev.lockstep.sql.bench.ListAppend;
import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.SnapshotChecker;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql bench append} command. */
@Command(
    name = "append",
    description = {
      "Append to lists and read them in transactions, and judge whether that was snapshot isolation.",
      "Uses the table lockstep_lists, which it makes anew."
    },
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class AppendCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private Target target;
  @Mixin private WorkloadOptions workload;

  @Option(
      names = "--session",
      description = "Allow transactions to see an older state than others were told of.")
  private boolean session;

  /** Made by picocli. */
  AppendCommand() {}

  @Override
  public Integer call() throws Exception {
    try {
      History history = ListAppend.run(target.database(workload.isolation()), workload.options());
      workload.write(history);
      return Verdicts.print(
          spec.commandLine().getOut(),
          history,
          SnapshotChecker.check(history, session ? Freshness.SESSION : Freshness.REAL_TIME)
              .anomalies(),
          workload.json());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (SQLException e) {
      throw new CommandFailure(e.getMessage());
    }
  }
}
