package dev.lockstep.cli;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import dev.lockstep.storage.ReplicaLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep init} command. */
@Command(
    name = "init",
    description = {
      "Make a new cluster: configuration, keys and certificates, in a new folder.",
      "The folder holds cluster.yaml, which is public, and a folder for each replica, for a first"
          + " client, and for the authority that certifies clients. A replica on a machine of its"
          + " own needs its folder there, and cluster.yaml beside it. Nothing that exists is"
          + " overwritten."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class InitCommand implements Callable<Integer> {
  private static final int DEFAULT_FAULTS = 1;
  private static final int MAX_REPLICAS = 64;
  private static final int PORTS_PER_REPLICA = 10;
  private static final int MAX_PORT = 65_535;

  @Parameters(paramLabel = "DIR", description = "The folder to make.")
  private Path directory;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = "Number of replicas (default: as few as tolerate the faults).")
  private Integer replicas;

  @Option(
      names = "--faults",
      paramLabel = "F",
      description =
          "Number of replicas that may be faulty (default: as many as the replicas allow).")
  private Integer faults;

  @Option(
      names = "--crash-only",
      description = "Replicas may crash but never lie: 2F+1 of them are enough, not 3F+1.")
  private boolean crashOnly;

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
          "First port of a machine: for peers, the next for clients, the next for the admin"
              + " endpoint; ten more for each further replica there (default: ${DEFAULT-VALUE}).")
  private int basePort;

  @Option(
      names = "--window",
      paramLabel = "W",
      defaultValue = "8",
      description = "Instances of consensus open at a time (default: ${DEFAULT-VALUE}).")
  private int window;

  @Option(names = "--signed", description = "Clients sign every request.")
  private boolean signed;

  @Option(names = "--open", description = "Anybody may be a client. For experiments.")
  private boolean open;

  @Option(
      names = "--no-tls",
      description = "Nothing is encrypted, and nobody proves who he is. For experiments.")
  private boolean noTls;

  @Option(
      names = "--durability",
      paramLabel = "durable|memory|async",
      defaultValue = "durable",
      description =
          "durable: nothing is lost even if all machines lose power; memory: written but not"
              + " synced; async: synced in the background (default: ${DEFAULT-VALUE}).")
  private Durability durability;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "lockstep",
      description = "A name for the cluster (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(names = "--json", description = "Print one JSON object that says what was made.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  InitCommand() {}

  @Override
  public Integer call() throws IOException {
    View.Mode mode = crashOnly ? View.Mode.CRASH : View.Mode.BYZANTINE;
    List<String> places = places(mode);
    checkPorts(places);
    ClusterKeys keys = ClusterKeys.generate(places.size());
    ClusterConfig cluster = cluster(mode, places, keys);
    ClusterDirectory made =
        ClusterDirectory.create(directory, cluster, keys, durability, ReplicaLog::create);
    if (json) {
      Json.print(spec.commandLine().getOut(), summary(made));
    } else {
      print(made);
    }
    return 0;
  }

  private ParameterException bad(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  /** One host for each replica. */
  private List<String> places(View.Mode mode) {
    if (hosts != null) {
      if (replicas != null && replicas != hosts.size()) {
        throw bad(
            "--replicas is " + replicas + " but --host-list names " + hosts.size() + " machines");
      }
      return hosts;
    }
    int perFault = mode == View.Mode.BYZANTINE ? 3 : 2;
    if (faults != null && (faults < 0 || faults > MAX_REPLICAS)) {
      throw bad("--faults is " + faults + " but must be 0 to " + MAX_REPLICAS);
    }
    int count =
        replicas != null ? replicas : perFault * (faults == null ? DEFAULT_FAULTS : faults) + 1;
    if (count < 1 || count > MAX_REPLICAS) {
      throw bad(
          replicas != null
              ? "--replicas is " + count + " but must be 1 to " + MAX_REPLICAS
              : "--faults is "
                  + faults
                  + " but that takes "
                  + count
                  + " replicas, and there are at most "
                  + MAX_REPLICAS);
    }
    return Collections.nCopies(count, "127.0.0.1");
  }

  private void checkPorts(List<String> places) {
    int sharing =
        places.stream().mapToInt(place -> Collections.frequency(places, place)).max().orElse(1);
    int most = MAX_PORT + 1 - sharing * PORTS_PER_REPLICA;
    if (basePort < 1 || basePort > most) {
      throw bad("--base-port is " + basePort + " but must be 1 to " + most);
    }
  }

  private ClusterConfig cluster(View.Mode mode, List<String> places, ClusterKeys keys) {
    try {
      ClusterConfig.Builder builder =
          ClusterConfig.builder(name)
              .mode(mode)
              .window(window)
              .limits(
                  View.Limits.defaults(
                      signed
                          ? View.RequestAuthentication.SIGNED
                          : View.RequestAuthentication.VOUCHED))
              .tls(!noTls)
              .hosts(keys, places, basePort);
      if (faults != null) {
        builder.faults(faults);
      }
      return open ? builder.open().build() : builder.build();
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
  }

  private static Map<String, Object> summary(ClusterDirectory made) {
    ClusterConfig cluster = made.cluster();
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("name", cluster.name());
    summary.put("id", cluster.id());
    summary.put("mode", cluster.mode() == View.Mode.CRASH ? "crash" : "byzantine");
    summary.put("faults", cluster.faults());
    summary.put("window", cluster.window());
    summary.put("cluster", made.clusterFile().toString());
    summary.put("client", made.firstClient().toString());
    List<Map<String, Object>> replicas = new ArrayList<>();
    for (ClusterConfig.Member member : cluster.members()) {
      Map<String, Object> replica = new LinkedHashMap<>();
      replica.put("id", member.id());
      replica.put("host", member.host());
      replica.put("peer_port", member.peerPort());
      replica.put("client_port", member.clientPort());
      replica.put("directory", made.replica(member.id()).toString());
      replicas.add(replica);
    }
    summary.put("replicas", replicas);
    return summary;
  }

  private void print(ClusterDirectory made) {
    ClusterConfig cluster = made.cluster();
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "Cluster %s: %d replicas, of which %d may %s.%n",
        cluster.name(),
        cluster.members().size(),
        cluster.faults(),
        cluster.mode() == View.Mode.CRASH ? "crash" : "crash, lie or be taken over");
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put(made.clusterFile().toString(), "the cluster, public");
    for (ClusterConfig.Member member : cluster.members()) {
      rows.put(
          made.replica(member.id()) + "/",
          member.host() + ", ports " + member.peerPort() + " and " + member.clientPort());
    }
    rows.put(made.firstClient() + "/", "a first client");
    if (!cluster.isOpen()) {
      rows.put(made.path().resolve("authority") + "/", "makes clients; keep it safe");
    }
    int width = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
    rows.forEach(
        (path, what) -> out.println("  " + path + " ".repeat(width - path.length() + 2) + what));
    if (cluster.isOpen() || !cluster.tls()) {
      out.println(
          "WARNING: "
              + (cluster.isOpen() ? "anybody may be a client of this cluster. " : "")
              + (cluster.tls() ? "" : "Nobody has to prove who he is, and anybody can listen. ")
              + "For experiments only.");
    }
    out.flush();
  }
}
