package dev.lockstep.cli;

import dev.lockstep.config.ClusterDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Starts the replicas of a cluster that are on this machine, and waits until they take part. */
public final class Startup {
  private static final int POLL_MILLIS = 100;

  private final PrintWriter out;
  private final int timeoutSeconds;

  /**
   * A startup.
   *
   * @param out where it tells what it does
   */
  public Startup(PrintWriter out, int timeoutSeconds) {
    this.out = out;
    this.timeoutSeconds = timeoutSeconds;
  }

  /**
   * Starts those that do not run.
   *
   * @param arguments of the {@code lockstep} command that runs a replica
   * @return whether all take part
   */
  public boolean start(ClusterDirectory cluster, Function<LocalReplica, List<String>> arguments)
      throws IOException, InterruptedException {
    List<LocalReplica> replicas = LocalReplicas.of(cluster);
    boolean whole = replicas.size() == cluster.cluster().members().size();
    Map<LocalReplica, ProcessHandle> waiting = new LinkedHashMap<>();
    for (LocalReplica replica : replicas) {
      Optional<ProcessHandle> running = replica.process();
      ProcessHandle process =
          running.isPresent() ? running.get() : replica.start(arguments.apply(replica));
      say(
          "replica %d: %s as process %d",
          replica.id(), running.isPresent() ? "runs already" : "started", process.pid());
      waiting.put(replica, process);
    }
    return await(waiting, whole);
  }

  /**
   * Without the others, which are on other machines, replicas cannot take part, so then it is
   * enough that they answer.
   */
  private boolean await(Map<LocalReplica, ProcessHandle> waiting, boolean whole)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(timeoutSeconds).toNanos();
    boolean all = true;
    while (!waiting.isEmpty() && System.nanoTime() < deadline) {
      for (LocalReplica replica : List.copyOf(waiting.keySet())) {
        ProcessHandle process = waiting.get(replica);
        LocalReplica.Answer answer = replica.ask();
        // The process first: at its port somebody else may answer.
        if (process.isAlive() && answer.isOf(process) && (!whole || answer.isHealthy())) {
          say("replica %d: %s", replica.id(), whole ? "takes part" : "answers");
          waiting.remove(replica);
        } else if (!process.isAlive()) {
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
      String stranger = replica.ask().strangerOrNull();
      say(
          "replica %d: does not take part after %d s%s; see %s",
          replica.id(),
          timeoutSeconds,
          stranger == null ? "" : " (" + stranger + ")",
          replica.log());
      all = false;
    }
    return all;
  }

  private void say(String format, Object... values) {
    out.println(String.format(format, values));
    out.flush();
  }
}
