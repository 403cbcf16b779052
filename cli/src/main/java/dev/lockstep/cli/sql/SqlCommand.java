package dev.lockstep.cli.sql;

import dev.lockstep.cli.DownCommand;
import dev.lockstep.cli.StatusCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql} command. */
@Command(
    name = "sql",
    description = "SQL databases that survive intrusions.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      SqlInitCommand.class,
      SqlUpCommand.class,
      SqlShellCommand.class,
      StatusCommand.class,
      SqlVerifyCommand.class,
      DownCommand.class,
      SqlReplicaCommand.class,
      SqlBenchCommand.class
    })
public final class SqlCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SqlCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
