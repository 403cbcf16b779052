package dev.lockstep.cli.sql;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.sql.client.SqlClusterFile;
import dev.lockstep.sql.server.DatabaseFile;
import dev.lockstep.sql.server.SqlReplica;
import dev.lockstep.sql.server.Supervisor;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.H2Engine;
import dev.lockstep.sql.server.engine.PostgresServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql replica} command. */
@Command(
    name = "replica",
    description = {
      "Run one replica of a replicated database, until it is told to stop (Ctrl-C, SIGTERM).",
      "When its database fails it makes another one, and when its database is proved to be another"
          + " one than that of the others, it takes up a copy of theirs. The exit code is 1 if the"
          + " replica stopped by itself, and 2 for bad input."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class SqlReplicaCommand implements Callable<Integer> {
  private static final int STOPPED_BY_ITSELF = 1;

  @Parameters(paramLabel = "DIR", description = "The folder of the replica, like shop/replica-0.")
  private Path directory;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SqlReplicaCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    ReplicaDirectory opened = ReplicaDirectory.open(directory);
    SqlClusterFile sql =
        SqlClusterFile.read(
            opened.clusterFile().resolveSibling(SqlClusterFile.NAME), opened.cluster());
    if (System.getenv("LOCKSTEP_LOG") == null) {
      ((Logger) LoggerFactory.getLogger("dev.lockstep")).setLevel(Level.INFO);
    }
    Optional<DatabaseFile> given = DatabaseFile.readIfThere(directory);
    Supervisor supervisor =
        new Supervisor(
            opened.settings().data(),
            () ->
                SqlReplica.builder(
                        opened.cluster(),
                        opened.settings(),
                        opened.credentials(),
                        engine(sql.engine(), given))
                    .sessionPort(sql.port(opened.settings().id())));
    Thread closing = new Thread(supervisor::close, "lockstep-shutdown");
    Runtime.getRuntime().addShutdownHook(closing);
    String reason = supervisor.run();
    if (closing.isAlive()) {
      return 0;
    }
    Runtime.getRuntime().removeShutdownHook(closing);
    PrintWriter err = spec.commandLine().getErr();
    err.println("lockstep: replica " + opened.settings().id() + " stopped: " + reason);
    err.flush();
    return STOPPED_BY_ITSELF;
  }

  private Engine engine(String engine, Optional<DatabaseFile> given) throws IOException {
    if (engine.equals("h2")) {
      return H2Engine.inFile(directory.resolve("database").resolve("lockstep"));
    }
    return given.isPresent()
        ? given.get().engine()
        : PostgresServer.start(directory.resolve("database"), 0).engine();
  }
}
