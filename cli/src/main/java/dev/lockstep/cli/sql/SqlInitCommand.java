package dev.lockstep.cli.sql;

import dev.lockstep.cli.Json;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import dev.lockstep.sql.client.SqlClusterFile;
import dev.lockstep.sql.server.DatabaseFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep sql init} command. */
@Command(
    name = "init",
    description = {
      "Make a new replicated database: keys, certificates and configuration, in a new folder.",
      "Each replica has a database of its own: H2, which needs no installation, or PostgreSQL, which"
          + " the replica makes and looks after where it is installed, or finds at an address. A"
          + " database that is given is emptied, and belongs to its replica."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class SqlInitCommand implements Callable<Integer> {
  private static final int REPLICAS_MAX = 64;
  private static final int PORTS_PER_REPLICA = 10;

  /** Behind those for peers, for clients and for the admin endpoint. */
  private static final int SESSION_PORT_OFFSET = 3;

  /** Most bytes of a transaction's statements and values. */
  private static final int REQUEST_BYTES = 4 << 20;

  /** Databases that can be chosen. */
  enum Engine {
    H2,
    POSTGRES
  }

  @Parameters(paramLabel = "DIR", description = "The folder to make.")
  private Path directory;

  @Option(
      names = "--engine",
      paramLabel = "h2|postgres",
      defaultValue = "h2",
      description = "What the databases are (default: ${DEFAULT-VALUE}).")
  private Engine engine;

  @Option(
      names = "--database",
      paramLabel = "URL",
      description =
          "Address of the database of the next replica, like"
              + " jdbc:postgresql://host/lockstep?user=NAME&password=TEXT; once for each replica."
              + " Without it each replica makes its own.")
  private List<String> databases = List.of();

  @Option(
      names = "--faults",
      paramLabel = "F",
      defaultValue = "1",
      description =
          "Number of replicas that may be faulty in any way; there are 3F+1 (default:"
              + " ${DEFAULT-VALUE}).")
  private int faults;

  @Option(
      names = "--host-list",
      paramLabel = "HOST",
      split = ",",
      description = "Names or addresses of the replicas' machines (default: all on this one).")
  private List<String> hosts;

  @Option(
      names = "--base-port",
      paramLabel = "PORT",
      defaultValue = "7000",
      description =
          "First port of a machine; ten for each replica there (default: ${DEFAULT-VALUE}).")
  private int basePort;

  @Option(
      names = "--durability",
      paramLabel = "durable|memory|async",
      defaultValue = "durable",
      description =
          "durable: nothing is lost even if all machines lose power; memory: written but not"
              + " synced; async: synced in the background (default: ${DEFAULT-VALUE}).")
  private Durability durability;

  @Option(names = "--json", description = "Print one JSON object that says what was made.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SqlInitCommand() {}

  @Override
  public Integer call() throws IOException {
    if (faults < 1 || 3 * faults + 1 > REPLICAS_MAX) {
      throw bad("--faults is " + faults + " but must be 1 to " + (REPLICAS_MAX - 1) / 3);
    }
    int count = 3 * faults + 1;
    List<String> places = hosts == null ? Collections.nCopies(count, "127.0.0.1") : hosts;
    if (places.size() != count) {
      throw bad(
          "--host-list names "
              + places.size()
              + " machines, but "
              + count
              + " replicas are needed to tolerate "
              + faults);
    }
    if (!databases.isEmpty() && (databases.size() != count || engine != Engine.POSTGRES)) {
      throw bad(
          "--database is given once for each of the "
              + count
              + " replicas, with --engine postgres");
    }
    int most = 65_536 - PORTS_PER_REPLICA * count;
    if (basePort < 1 || basePort > most) {
      throw bad("--base-port is " + basePort + " but must be 1 to " + most);
    }
    ClusterDirectory made = make(places);
    SqlClusterFile sql = file(made.cluster());
    for (int id = 0; id < databases.size(); id++) {
      new DatabaseFile(databases.get(id)).write(made.replica(id));
    }
    sql.write(made.path().resolve(SqlClusterFile.NAME));
    print(made, sql);
    return 0;
  }

  private ParameterException bad(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  private ClusterDirectory make(List<String> places) throws IOException {
    ClusterKeys keys = ClusterKeys.generate(places.size());
    View.Limits defaults = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
    View.Limits limits =
        new View.Limits(
            defaults.batchRequests(),
            2 * REQUEST_BYTES,
            REQUEST_BYTES,
            defaults.sessionWindow(),
            defaults.sessionsPerClient(),
            defaults.sessions(),
            defaults.replyCacheBytes(),
            defaults.sessionTimeoutMicros(),
            defaults.openBoundMicros(),
            defaults.clockBoundMicros(),
            defaults.authentication());
    ClusterConfig cluster;
    try {
      cluster =
          ClusterConfig.builder("sql")
              .hosts(keys, places, basePort)
              .faults(faults)
              .limits(limits)
              .build();
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
    return ClusterDirectory.create(directory, cluster, keys, durability);
  }

  private SqlClusterFile file(ClusterConfig cluster) {
    return new SqlClusterFile(
        engine.name().toLowerCase(Locale.ROOT),
        cluster.members().stream()
            .map(
                member ->
                    new SqlClusterFile.Session(
                        member.id(), member.host(), member.peerPort() + SESSION_PORT_OFFSET))
            .toList());
  }

  private void print(ClusterDirectory made, SqlClusterFile sql) {
    PrintWriter out = spec.commandLine().getOut();
    int count = made.cluster().members().size();
    if (json) {
      Map<String, Object> summary = new LinkedHashMap<>();
      summary.put("engine", sql.engine());
      summary.put("replicas", count);
      summary.put("faults", faults);
      summary.put("client", made.firstClient().toString());
      summary.put("url", "jdbc:lockstep:" + made.path());
      Json.print(out, summary);
      return;
    }
    out.printf(
        "A database on %d replicas with %s, of which %d may crash, lie or be taken over.%n",
        count, engine == Engine.H2 ? "H2" : "PostgreSQL", faults);
    out.printf("  lockstep sql up %s       starts the replicas%n", directory);
    out.printf("  lockstep sql shell %s    a prompt%n", directory);
    out.printf(
        "  jdbc:lockstep:%s         for programs%n", made.path().toAbsolutePath().normalize());
    out.flush();
  }
}
