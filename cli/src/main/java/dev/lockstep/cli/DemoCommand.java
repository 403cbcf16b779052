package dev.lockstep.cli;

import dev.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code lockstep demo} command. */
@Command(
    name = "demo",
    description = {
      "See a cluster live through a crash, a liar and a lost disk.",
      "Starts four replicas and thirty clients on this machine, kills the leader, brings it back,"
          + " makes another replica lie, wipes its disk, and checks at the end that every client's"
          + " history is linearizable and that nothing acknowledged was lost. Takes about a minute;"
          + " leaves nothing behind but the chart.",
      "Exit code 0 if everything held, 1 if not."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class DemoCommand implements Callable<Integer> {
  private static final int DEFAULT_COLUMNS = 80;
  private static final int MOST_COLUMNS = 160;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      defaultValue = "lockstep-demo.svg",
      description = "Where to write the chart (default: ${DEFAULT-VALUE}).")
  private Path svg;

  @Option(names = "--json", description = "Print nothing but one JSON object at the end.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  DemoCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Links.quiet();
    long started = System.nanoTime();
    PrintWriter out = spec.commandLine().getOut();
    Path folder = Files.createTempDirectory("lockstep-demo-");
    Demo demo =
        new Demo(folder.resolve("cluster"), json ? new Silent() : new Story(out, isTerminal()));
    Demo.Result result;
    try {
      result = demo.run();
    } catch (IOException | CommandFailure e) {
      throw new CommandFailure(e.getMessage() + " (the cluster's files are in " + folder + ")");
    }
    boolean well = result.problem().isEmpty();
    Files.writeString(svg, result.chart().svg("lockstep demo: operations per second"));
    if (well) {
      ProcessCluster.deleteTree(folder);
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    if (json) {
      Json.print(out, summary(result, seconds));
    } else {
      out.println();
      out.println("Operations per second:");
      out.println();
      out.print(result.chart().text(columns(), unicode()));
      out.println();
      out.printf(Locale.ROOT, "The chart as a picture: %s%n", svg.toAbsolutePath());
      if (!well) {
        out.println("The cluster's files and logs: " + folder);
      }
      out.printf(Locale.ROOT, "%s in %.0f s.%n", well ? "All is well" : "Failed", seconds);
      out.flush();
    }
    return well ? 0 : Main.FAILED;
  }

  private Map<String, Object> summary(Demo.Result result, double seconds) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("ok", result.problem().isEmpty());
    result.problem().ifPresent(problem -> summary.put("problem", problem));
    summary.put("seconds", Math.round(seconds * 10) / 10.0);
    summary.putAll(result.figures());
    List<Map<String, Object>> events = new ArrayList<>();
    for (Chart.Event event : result.chart().events()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("seconds", Math.round(event.seconds() * 10) / 10.0);
      one.put("event", event.what());
      events.add(one);
    }
    summary.put("events", events);
    summary.put("piece_seconds", result.chart().pieceSeconds());
    summary.put("ops_per_second", result.chart().rates());
    summary.put("svg", svg.toAbsolutePath().toString());
    return summary;
  }

  private static boolean isTerminal() {
    return System.console() != null && !"dumb".equals(System.getenv("TERM"));
  }

  private static int columns() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("[1-9][0-9]{1,3}")
        ? Math.min(MOST_COLUMNS, Integer.parseInt(columns))
        : DEFAULT_COLUMNS;
  }

  /** Whether what is printed reaches the terminal as it is. */
  private static boolean unicode() {
    return Charset.defaultCharset().newEncoder().canEncode("█─");
  }

  private static final class Silent implements Demo.Narrator {
    @Override
    public void say(String text) {}

    @Override
    public void progress(double seconds, double rate) {}
  }

  /** Tells what happens; on a terminal, with a line that changes with the throughput. */
  private static final class Story implements Demo.Narrator {
    private static final int LINE = 78;

    private final PrintWriter out;
    private final boolean terminal;
    private boolean lineOpen;

    Story(PrintWriter out, boolean terminal) {
      this.out = out;
      this.terminal = terminal;
    }

    @Override
    public void say(String text) {
      if (lineOpen) {
        out.print("\r" + " ".repeat(LINE) + "\r");
        lineOpen = false;
      }
      StringBuilder line = new StringBuilder("* ");
      for (String word : text.split(" ")) {
        if (line.length() + word.length() > LINE) {
          out.println(line.toString().stripTrailing());
          line = new StringBuilder("  ");
        }
        line.append(word).append(' ');
      }
      out.println(line.toString().stripTrailing());
      out.flush();
    }

    @Override
    public void progress(double seconds, double rate) {
      if (terminal) {
        out.printf(Locale.ROOT, "\r  %5.1f s %,8.0f operations/s   ", seconds, rate);
        out.flush();
        lineOpen = true;
      }
    }
  }
}
