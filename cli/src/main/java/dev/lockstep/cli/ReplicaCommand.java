package dev.lockstep.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.fabric.folder.FabricFolder;
import dev.lockstep.replica.ServiceReplica;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep replica} command. */
@Command(
    name = "replica",
    description = {
      "Run one replica of a cluster, until it is told to stop (Ctrl-C, SIGTERM).",
      "The replicas of a cluster may be started in any order. The exit code is 1 if the replica"
          + " stopped by itself, 2 for bad input, and 3 if the Java machine has no memory left."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class ReplicaCommand implements Callable<Integer> {
  private static final int STOPPED_BY_ITSELF = 1;

  @Parameters(
      paramLabel = "DIR",
      description = "The folder of the replica, as 'lockstep init' made it, like demo/replica-0.")
  private Path directory;

  @Mixin private ServiceOptions service;

  @Option(
      names = "--print-config",
      description = "Print the configuration in force, defaults included, and end.")
  private boolean printConfig;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  ReplicaCommand() {}

  @Override
  public Integer call() throws IOException {
    ReplicaDirectory opened = ReplicaDirectory.open(directory);
    DatabaseFolder.refuse(directory, "lockstep sql replica DIR");
    if (FabricFolder.isNode(directory)) {
      throw new ParameterException(
          spec.commandLine(),
          directory
              + " is an ordering node's folder, and another service would spoil its state; use"
              + " 'lockstep fabric node' or 'lockstep fabric up'");
    }
    if (printConfig) {
      PrintWriter out = spec.commandLine().getOut();
      out.print(opened.effective());
      out.flush();
      return 0;
    }
    if (System.getenv("LOCKSTEP_LOG") == null) {
      ((Logger) LoggerFactory.getLogger("dev.lockstep")).setLevel(Level.INFO);
    }
    ServiceReplica.Builder builder;
    try {
      builder = service.replica(opened);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    return run(builder);
  }

  private int run(ServiceReplica.Builder builder) throws IOException {
    int id;
    String reason;
    try (ServiceReplica replica = builder.start()) {
      id = replica.id();
      Thread closing = new Thread(replica::close, "lockstep-shutdown");
      Runtime.getRuntime().addShutdownHook(closing);
      reason = replica.whenStopped().join();
      if (closing.isAlive()) {
        return 0;
      }
      Runtime.getRuntime().removeShutdownHook(closing);
    }
    // Last, so that it is what 'lockstep up' shows of the log.
    PrintWriter err = spec.commandLine().getErr();
    err.println("lockstep: replica " + id + " stopped: " + reason);
    err.flush();
    return STOPPED_BY_ITSELF;
  }
}
