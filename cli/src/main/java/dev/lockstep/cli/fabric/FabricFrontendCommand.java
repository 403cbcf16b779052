package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Main;
import dev.lockstep.fabric.folder.FabricFolder;
import dev.lockstep.fabric.frontend.Frontend;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric frontend} command. */
@Command(
    name = "frontend",
    description = {
      "Run one frontend, until it is told to stop (Ctrl-C, SIGTERM).",
      "Fetches the blocks that it lacks first. Prints a line that begins with 'ready' when it serves"
          + " peers and clients. The exit code is 1 if it stopped by itself, and 2 for bad input."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FabricFrontendCommand implements Callable<Integer> {
  private static final long RETRY_MILLIS = 500;

  @Parameters(paramLabel = "DIR", description = "The folder of the frontend.")
  private Path directory;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  FabricFrontendCommand() {}

  @Override
  public Integer call() throws IOException {
    Running.logAsServer();
    Frontend frontend = FabricFolder.openFrontend(directory);
    CompletableFuture<String> failed = new CompletableFuture<>();
    frontend.whenFailed().thenAccept(failed::complete);
    serveWhenCaughtUp(frontend, failed, spec.commandLine().getOut());
    return Running.untilTheEnd(
        directory.getFileName().toString(), frontend::close, failed, spec.commandLine().getErr());
  }

  /** The group may not be there yet: then it is asked again. */
  static void serveWhenCaughtUp(
      Frontend frontend, CompletableFuture<String> failed, PrintWriter out) {
    frontend
        .whenCaughtUp()
        .whenComplete(
            (done, notYet) -> {
              if (notYet != null) {
                CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(() -> serveWhenCaughtUp(frontend, failed, out));
              } else {
                serve(frontend, failed, out);
              }
            });
  }

  private static void serve(Frontend frontend, CompletableFuture<String> failed, PrintWriter out) {
    try {
      frontend.serve();
      out.println("ready: serves peers and clients at port " + frontend.port());
      out.flush();
    } catch (IOException e) {
      failed.complete(e.getMessage());
    }
  }
}
