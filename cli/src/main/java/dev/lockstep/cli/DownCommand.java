package dev.lockstep.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code lockstep down} command. */
@Command(
    name = "down",
    description = {
      "End the replicas of a cluster that 'lockstep up' started.",
      "Each is asked first, and killed if it does not end in time; nothing is lost by that. No other"
          + " process is touched: the exit code is 1 if a replica runs that something else started."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
public final class DownCommand implements Callable<Integer> {
  @Mixin private ClusterArgument folder;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "How long to wait before a replica is killed (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  DownCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Map<LocalReplica, CompletableFuture<ProcessHandle>> ending = new LinkedHashMap<>();
    boolean all = true;
    for (LocalReplica replica : LocalReplicas.ofService(folder.open(), "down")) {
      Optional<ProcessHandle> process = replica.process();
      if (process.isPresent()) {
        process.get().destroy();
        ending.put(replica, process.get().onExit());
      } else if (replica.isInUse()) {
        // Started by something else, or the file that named it is lost.
        LocalReplica.Answer answer = replica.ask();
        all = false;
        out.printf(
            "replica %d: RUNS, but was not started by 'lockstep up'; end it where it was started%s%n",
            replica.id(),
            answer.statusOrNull() == null
                ? ""
                : " (process " + answer.statusOrNull().path("process").asText() + ")");
      } else {
        replica.forget();
        out.printf("replica %d: does not run%n", replica.id());
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout);
    for (Map.Entry<LocalReplica, CompletableFuture<ProcessHandle>> each : ending.entrySet()) {
      LocalReplica replica = each.getKey();
      boolean killed = false;
      if (!ended(each.getValue(), deadline - System.nanoTime())) {
        // Looked up again: meanwhile it may have ended, and its id been given away.
        replica.process().ifPresent(ProcessHandle::destroyForcibly);
        killed = true;
        if (!ended(each.getValue(), TimeUnit.SECONDS.toNanos(timeout))) {
          throw new IOException("replica " + replica.id() + " cannot be ended");
        }
      }
      replica.forget();
      out.printf("replica %d: %s%n", replica.id(), killed ? "killed" : "ended");
      out.flush();
    }
    out.flush();
    return all ? 0 : Main.FAILED;
  }

  private static boolean ended(CompletableFuture<ProcessHandle> exit, long nanos)
      throws InterruptedException {
    try {
      exit.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of a process cannot be waited for", e);
    }
  }
}
