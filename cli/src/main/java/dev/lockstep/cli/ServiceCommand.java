package dev.lockstep.cli;

import dev.lockstep.api.Invoker;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * A command that talks to a service: with a subcommand it calls one operation, without it opens a
 * {@link Shell} in which all subcommands can be given.
 */
@Command
abstract class ServiceCommand implements Callable<Integer> {
  private static final int PATIENCE_MAX = 3600;

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "The folder of the cluster, or of one of its clients.")
  private Path directory;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print the result as one JSON object.")
  private boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "10",
      scope = ScopeType.INHERIT,
      description = "How long to wait for the replicas, for each call (default: ${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  @Spec private CommandSpec spec;

  private final Connector connector;

  ServiceCommand(Connector connector) {
    this.connector = connector;
  }

  /** The same command, but with another way to the service. */
  abstract ServiceCommand with(Connector other);

  /** Opens the shell. */
  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Connector.Connection connection = connect()) {
      Duration wholeShell = Duration.ofSeconds(timeoutSeconds);
      Connector shared =
          (folder, patience) -> {
            if (!patience.equals(wholeShell)) {
              throw new CommandFailure(
                  "--timeout is for the whole shell; give it when you open it");
            }
            return Connector.of(connection.invoker(), () -> {});
          };
      CommandLine commands = Main.withErrorsReported(new CommandLine(with(shared)));
      commands.setOut(out()).setErr(err());
      describe(commands, "");
      Shell shell = new Shell(spec.name(), commands, directory.toString(), json, timeoutSeconds);
      if (Shell.isInteractive()) {
        Path folder =
            Files.isDirectory(directory.resolve("client"))
                ? directory.resolve("client")
                : directory;
        return shell.interact(folder.resolve("." + spec.name() + "-history"));
      }
      return shell.runAll(System.in);
    }
  }

  private Connector.Connection connect() throws IOException {
    if (timeoutSeconds < 1 || timeoutSeconds > PATIENCE_MAX) {
      throw bad("--timeout is " + timeoutSeconds + " but must be 1 to " + PATIENCE_MAX);
    }
    return connector.connect(directory, Duration.ofSeconds(timeoutSeconds));
  }

  /**
   * Puts what comes before a subcommand into the usage of each, which picocli would leave out.
   *
   * @param before the words before the subcommand; empty in a shell
   */
  static void describe(CommandLine service, String before) {
    service
        .getSubcommands()
        .values()
        .forEach(
            subcommand -> {
              String own = subcommand.getCommandSpec().qualifiedName();
              String synopsis = subcommand.getHelp().detailedSynopsis(0, null, true);
              subcommand
                  .getCommandSpec()
                  .usageMessage()
                  .customSynopsis(
                      before
                          + subcommand.getCommandName()
                          + synopsis.substring(own.length()).stripTrailing());
            });
  }

  /** Something that is done with a connection. */
  @FunctionalInterface
  interface Action {
    /**
     * @return the exit code
     */
    int run(Invoker invoker) throws IOException, InterruptedException;
  }

  /** Connects for one operation. */
  final int calling(Action action) throws IOException, InterruptedException {
    try (Connector.Connection connection = connect()) {
      int code = action.run(connection.invoker());
      out().flush();
      return code;
    }
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  final boolean isJson() {
    return json;
  }

  final ParameterException bad(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  /** Prints a result as JSON if that is wanted, else as the given text. */
  final void print(String text, Map<String, ?> fields) {
    if (json) {
      Json.print(out(), fields);
    } else {
      out().println(text);
    }
  }

  /** Fields in the order in which they are given: name, value, name, value, and so on. */
  static Map<String, Object> fields(Object... namesAndValues) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return fields;
  }

  /** Loads a file, with a progress bar if somebody watches. */
  final int load(BulkLoad.Source source, Path file, BulkLoad.Target target)
      throws IOException, InterruptedException {
    boolean watched = !json && Shell.isInteractive();
    PrintWriter bar = watched ? err() : null;
    BulkLoad.Result result = BulkLoad.run(file, source, target, bar);
    print(
        String.format(
            Locale.ROOT,
            "Loaded %d %s in %.1f s (%.0f per second).",
            result.loaded(),
            result.loaded() == 1 ? "entry" : "entries",
            result.seconds(),
            result.perSecond()),
        fields(
            "loaded",
            result.loaded(),
            "seconds",
            result.seconds(),
            "per_second",
            result.perSecond()));
    return 0;
  }
}
