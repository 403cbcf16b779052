package dev.lockstep.cli.sql;

import dev.lockstep.cli.Startup;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.sql.client.SqlClusterFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql up} command. */
@Command(
    name = "up",
    description = {
      "Start the replicas of a replicated database that are in this folder, with their databases.",
      "They run on in the background; 'lockstep sql down DIR' ends them. Each logs to replica.log in"
          + " its folder. Those that run already are left alone. Waits until all of them take part."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class SqlUpCommand implements Callable<Integer> {
  private static final int NOT_ALL = 1;

  @Parameters(paramLabel = "DIR", description = "The folder of 'lockstep sql init'.")
  private Path directory;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait until all take part (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SqlUpCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    ClusterDirectory cluster = ClusterDirectory.open(directory);
    SqlClusterFile.read(directory.resolve(SqlClusterFile.NAME), cluster.cluster());
    boolean all =
        new Startup(spec.commandLine().getOut(), timeout)
            .start(cluster, replica -> List.of("sql", "replica", replica.folder().toString()));
    return all ? 0 : NOT_ALL;
  }
}
