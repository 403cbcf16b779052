package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Main;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric} command. */
@Command(
    name = "fabric",
    description = {
      "A Byzantine fault-tolerant ordering service for Hyperledger Fabric.",
      "Peers and clients of Fabric use its frontends as they use Fabric's own orderers."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      FabricInitCommand.class,
      FabricUpCommand.class,
      FabricStatusCommand.class,
      FabricDownCommand.class,
      FabricNodeCommand.class,
      FabricFrontendCommand.class,
      FabricBlockCommand.class,
      FabricBenchCommand.class
    })
public final class FabricCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Made by picocli. */
  public FabricCommand() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
