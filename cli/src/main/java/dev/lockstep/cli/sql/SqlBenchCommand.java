package dev.lockstep.cli.sql;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql bench} command. */
@Command(
    name = "bench",
    description = {
      "Load a database, measure it, and judge what it did.",
      "All workloads run on replicated databases and on any other that has a JDBC driver here."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TpccCommand.class,
      PlotCommand.class,
      AppendCommand.class,
      BankCommand.class,
      CheckCommand.class
    })
public final class SqlBenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SqlBenchCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
