package dev.lockstep.cli;

import dev.lockstep.sql.client.SqlClusterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code lockstep up} command. */
@Command(
    name = "up",
    description = {
      "Start all replicas of a cluster that are in this folder, each in a process of its own.",
      "They run on in the background; 'lockstep down DIR' ends them. Each logs to replica.log in its"
          + " folder. Those that run already are left alone. Waits until all of them take part."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class UpCommand implements Callable<Integer> {
  private static final int NOT_ALL = 1;

  @Mixin private ClusterArgument folder;

  @Mixin private ServiceOptions service;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait until all take part (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  UpCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> options = service.arguments();
    LocalReplicas.ofService(folder.open(), "up");
    if (Files.exists(folder.open().path().resolve(SqlClusterFile.NAME))) {
      throw new IOException(
          folder.open().path()
              + " is a replicated database's folder, and another service would spoil its state; use"
              + " 'lockstep sql up'");
    }
    boolean all =
        new Startup(spec.commandLine().getOut(), timeout)
            .start(
                folder.open(),
                replica -> {
                  List<String> arguments = new ArrayList<>();
                  arguments.add("replica");
                  arguments.add(replica.folder().toString());
                  arguments.addAll(options);
                  return arguments;
                });
    return all ? 0 : NOT_ALL;
  }
}
