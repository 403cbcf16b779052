package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Main;
import dev.lockstep.fabric.folder.FabricFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric up} command. */
@Command(
    name = "up",
    description = {
      "Start all nodes and frontends that are in this folder, in the background.",
      "'lockstep fabric down DIR' ends them. Each logs to process.log in its folder. Those that run"
          + " already are left alone. Waits until all are ready."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FabricUpCommand implements Callable<Integer> {
  private static final int NOT_ALL = 1;
  private static final int POLL_MILLIS = 100;

  @Parameters(paramLabel = "DIR", description = "The folder of the ordering service.")
  private Path directory;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "120",
      description = "How long to wait until all are ready (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  FabricUpCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    FabricFolder folder = FabricFolder.open(directory);
    List<Path> alone = folder.frontends();
    boolean joined = alone.size() < folder.listeners().size();
    Map<LocalProcess, ProcessHandle> waiting = new LinkedHashMap<>();
    for (LocalProcess each : LocalProcesses.of(folder)) {
      Optional<ProcessHandle> running = each.process();
      if (running.isPresent()) {
        say("%s: runs already as process %d", each.name(), running.get().pid());
      } else {
        ProcessHandle process = each.start();
        say("%s: started as process %d", each.name(), process.pid());
        waiting.put(each, process);
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeout);
    boolean all = true;
    while (!waiting.isEmpty() && System.nanoTime() - deadline < 0) {
      for (LocalProcess each : new ArrayList<>(waiting.keySet())) {
        boolean node = !alone.contains(each.folder());
        if (each.readyLines() >= (node && joined ? 2 : 1)) {
          say("%s: ready", each.name());
          waiting.remove(each);
        } else if (!waiting.get(each).isAlive()) {
          say("%s: ENDED; the last line in %s: %s", each.name(), each.log(), each.lastWords());
          each.forget();
          waiting.remove(each);
          all = false;
        }
      }
      if (!waiting.isEmpty()) {
        Thread.sleep(POLL_MILLIS);
      }
    }
    for (LocalProcess each : waiting.keySet()) {
      say("%s: is not ready after %d s; see %s", each.name(), timeout, each.log());
      all = false;
    }
    return all ? 0 : NOT_ALL;
  }

  private void say(String format, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(String.format(format, values));
    out.flush();
  }
}
