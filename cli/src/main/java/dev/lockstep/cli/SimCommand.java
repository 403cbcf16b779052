package dev.lockstep.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep sim} command. */
@Command(
    name = "sim",
    description = "Run a simulated cluster.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class SimCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SimCommand() {}

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(), "The command 'sim' is not available in this version");
  }
}
