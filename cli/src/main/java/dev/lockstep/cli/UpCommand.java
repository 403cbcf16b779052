package dev.lockstep.cli;

import dev.lockstep.config.ClusterDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private static final int POLL_MILLIS = 100;

  @Mixin private ClusterArgument folder;

  @Mixin private ServiceOptions service;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait until all take part (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Spec private CommandSpec spec;

  private PrintWriter out;

  /** Made by picocli. */
  UpCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    out = spec.commandLine().getOut();
    ClusterDirectory cluster = folder.open();
    List<LocalReplica> replicas = LocalReplicas.of(cluster);
    boolean whole = replicas.size() == cluster.cluster().members().size();
    Map<LocalReplica, ProcessHandle> waiting = new LinkedHashMap<>();
    for (LocalReplica replica : replicas) {
      Optional<ProcessHandle> running = replica.process();
      ProcessHandle process = running.isPresent() ? running.get() : replica.start(service);
      say(
          "replica %d: %s as process %d",
          replica.id(), running.isPresent() ? "runs already" : "started", process.pid());
      waiting.put(replica, process);
    }
    return await(waiting, whole) ? 0 : NOT_ALL;
  }

  /**
   * Without the others, which are on other machines, replicas cannot take part, so then it is
   * enough that they answer.
   */
  private boolean await(Map<LocalReplica, ProcessHandle> waiting, boolean whole)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(timeout).toNanos();
    boolean all = true;
    while (!waiting.isEmpty() && System.nanoTime() < deadline) {
      for (LocalReplica replica : List.copyOf(waiting.keySet())) {
        if (isUp(replica, whole)) {
          say("replica %d: %s", replica.id(), whole ? "takes part" : "answers");
          waiting.remove(replica);
        } else if (!waiting.get(replica).isAlive()) {
          say(
              "replica %d: ENDED; the last line in %s: %s",
              replica.id(), replica.log(), replica.lastWords());
          replica.forget();
          waiting.remove(replica);
          all = false;
        }
      }
      if (!waiting.isEmpty()) {
        Thread.sleep(POLL_MILLIS);
      }
    }
    for (LocalReplica replica : waiting.keySet()) {
      say(
          "replica %d: does not take part after %d s; see %s",
          replica.id(), timeout, replica.log());
      all = false;
    }
    return all;
  }

  private static boolean isUp(LocalReplica replica, boolean whole) throws IOException {
    return replica
        .status()
        .map(status -> !whole || status.path("healthy").asBoolean())
        .orElse(false);
  }

  private void say(String format, Object... values) {
    out.println(String.format(format, values));
    out.flush();
  }
}
