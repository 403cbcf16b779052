package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Main;
import dev.lockstep.fabric.folder.FabricFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric down} command. */
@Command(
    name = "down",
    description = {
      "End the nodes and frontends that 'lockstep fabric up' started.",
      "Each is asked first, and killed if it does not end in time; nothing is lost by that. No"
          + " other process is touched: the exit code is 1 if a node runs that something else started."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FabricDownCommand implements Callable<Integer> {
  private static final int NOT_ALL = 1;

  @Parameters(paramLabel = "DIR", description = "The folder of the ordering service.")
  private Path directory;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "15",
      description = "How long to wait before a process is killed (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  FabricDownCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Map<LocalProcess, CompletableFuture<ProcessHandle>> ending = new LinkedHashMap<>();
    boolean all = true;
    for (LocalProcess each : LocalProcesses.of(FabricFolder.open(directory))) {
      Optional<ProcessHandle> process = each.process();
      if (process.isPresent()) {
        process.get().destroy();
        ending.put(each, process.get().onExit());
      } else if (each.isInUse()) {
        all = false;
        out.printf(
            "%s: RUNS, but was not started by 'lockstep fabric up'; end it where it was started%n",
            each.name());
      } else {
        each.forget();
        out.printf("%s: does not run%n", each.name());
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout);
    for (Map.Entry<LocalProcess, CompletableFuture<ProcessHandle>> each : ending.entrySet()) {
      LocalProcess process = each.getKey();
      boolean killed = false;
      if (!ended(each.getValue(), deadline - System.nanoTime())) {
        // Looked up again: meanwhile it may have ended, and its id been given away.
        process.process().ifPresent(ProcessHandle::destroyForcibly);
        killed = true;
        if (!ended(each.getValue(), TimeUnit.SECONDS.toNanos(timeout))) {
          throw new IOException(process.name() + " cannot be ended");
        }
      }
      process.forget();
      out.printf("%s: %s%n", process.name(), killed ? "killed" : "ended");
      out.flush();
    }
    out.flush();
    return all ? 0 : NOT_ALL;
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
