package dev.lockstep.cli;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.services.map.MapListService;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.workload.MapWorkload;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep soak} command. */
@Command(
    name = "soak",
    description = {
      "Open and drop connections at a cluster as fast as possible, while clients use it.",
      "Starts four replicas on this machine, loads them, floods their ports, and says what is left"
          + " of the clients' throughput and what memory the replicas use.",
      "Exit code 0 if the cluster goes on and what the clients saw is linearizable, 1 if not."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class SoakCommand implements Callable<Integer> {
  private static final int CLIENTS = 12;
  private static final long BEFORE_SECONDS = 10;
  private static final long PIECE_NANOS = 250_000_000;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "100000",
      description = "How many connections (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  SoakCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (connections < 1) {
      throw new ParameterException(
          spec.commandLine(), "--connections is " + connections + " but must be at least 1");
    }
    Path folder = Files.createTempDirectory("lockstep-soak-");
    Map<String, Object> figures = new LinkedHashMap<>();
    Optional<String> problem;
    try (ProcessCluster cluster =
        ProcessCluster.builder(folder.resolve("cluster"), MapListService.class).start()) {
      List<ServiceProxy> proxies = Stream.generate(cluster::newClient).limit(CLIENTS).toList();
      try (MapWorkload load = new MapWorkload("soak", proxies).start()) {
        TimeUnit.SECONDS.sleep(BEFORE_SECONDS);
        long before = System.nanoTime();
        int refused = flood(cluster);
        long after = System.nanoTime();
        double calm =
            load.completions()
                .medianRate(
                    before - TimeUnit.SECONDS.toNanos(BEFORE_SECONDS / 2), before, PIECE_NANOS);
        double flooded = load.completions().medianRate(before, after, PIECE_NANOS);
        figures.put("connections", connections);
        figures.put("not_accepted", refused);
        figures.put("seconds", Math.round((after - before) / 1e8) / 10.0);
        figures.put("ops_per_second_before", Math.round(calm));
        figures.put("ops_per_second_during", Math.round(flooded));
        List<Long> memory = new ArrayList<>();
        for (int id = 0; id < cluster.size(); id++) {
          memory.add(cluster.replica(id).residentBytes().orElse(0L) >> 20);
        }
        figures.put("memory_mb", memory);
        load.stop();
        problem = load.verdict(cluster.newClient());
      }
    }
    problem.ifPresent(text -> figures.put("problem", text));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Json.print(out, figures);
    } else {
      figures.forEach((name, value) -> out.println(name.replace('_', ' ') + ": " + value));
      out.flush();
    }
    if (problem.isEmpty()) {
      ProcessCluster.deleteTree(folder);
    }
    return problem.isEmpty() ? 0 : Main.FAILED;
  }

  /** Returns how many were not even accepted. */
  private int flood(ProcessCluster cluster) {
    int refused = 0;
    for (int i = 0; i < connections; i++) {
      var member = cluster.config().member(i / 2 % cluster.size());
      int port = i % 2 == 0 ? member.clientPort() : member.peerPort();
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        // With a reset, so that this machine does not run out of ports.
        socket.setSoLinger(true, 0);
      } catch (IOException e) {
        refused++;
      }
    }
    return refused;
  }
}
