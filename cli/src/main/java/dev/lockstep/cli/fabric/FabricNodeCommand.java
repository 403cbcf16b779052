package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Main;
import dev.lockstep.fabric.folder.FabricFolder;
import dev.lockstep.fabric.folder.FabricFolder.RunningNode;
import dev.lockstep.fabric.frontend.Frontend;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric node} command. */
@Command(
    name = "node",
    description = {
      "Run one ordering node, and its frontend if it has one, until it is told to stop (Ctrl-C,"
          + " SIGTERM).",
      "Prints a line that begins with 'ready' when it runs, and one more when its frontend has"
          + " caught up and serves. The exit code is 1 if the node stopped by itself, and 2 for bad"
          + " input."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FabricNodeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of the node, like orderer/replica-0.")
  private Path directory;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  FabricNodeCommand() {}

  @Override
  public Integer call() throws IOException {
    Running.logAsServer();
    PrintWriter out = spec.commandLine().getOut();
    RunningNode running = FabricFolder.startNode(directory);
    out.printf("ready: node %d%n", running.node().replica().id());
    out.flush();
    CompletableFuture<String> failed = running.node().whenFailed();
    if (running.frontend().isPresent()) {
      Frontend frontend = running.frontend().get();
      FabricFrontendCommand.serveWhenCaughtUp(frontend, failed, out);
      failed = failed.applyToEither(frontend.whenFailed(), reason -> reason);
    }
    return Running.untilTheEnd(
        "node " + running.node().replica().id(),
        running::close,
        failed,
        spec.commandLine().getErr());
  }
}
