package dev.lockstep.cli;

import dev.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.io.PrintWriter;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lockstep torture} command. */
@Command(
    name = "torture",
    description = {
      "Kill all replicas of a durable cluster at once, again and again, and look for what is lost.",
      "Each round: four replicas under load, all killed with SIGKILL at a random moment, started"
          + " again in any order; then everything that was acknowledged is read back, and what the"
          + " clients saw must be linearizable.",
      "Exit code 0 if nothing was lost, 1 if something was or the cluster did not come back."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class TortureCommand implements Callable<Integer> {
  @Option(
      names = "--kill-all",
      required = true,
      description = "All replicas at once; says that you mean it.")
  private boolean killAll;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "100",
      description = "How often (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(names = "--wipe-one", description = "Empty the disk of one replica each time.")
  private boolean wipeOne;

  @Option(
      names = "--flip-bytes",
      description =
          "Change some bytes in the files of one replica each time; with --wipe-one, one or the"
              + " other.")
  private boolean flipBytes;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of what is chosen at random (default: another one each time).")
  private Long seed;

  @Option(names = "--json", description = "Print nothing but one JSON object at the end.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  TortureCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--rounds is " + rounds + " but must be at least 1");
    }
    Links.quiet();
    PrintWriter out = spec.commandLine().getOut();
    Path folder = Files.createTempDirectory("lockstep-torture-");
    long chosen = seed == null ? System.nanoTime() : seed;
    Torture torture = new Torture(folder.resolve("cluster"), rounds, wipeOne, flipBytes, chosen);
    List<Torture.Round> played = torture.run(round -> tell(out, round));
    boolean well =
        played.size() == rounds && played.stream().allMatch(round -> round.problem().isEmpty());
    if (well) {
      ProcessCluster.deleteTree(folder);
    }
    if (json) {
      Json.print(out, summary(played, well, chosen, folder));
    } else {
      out.println(
          well
              ? "Nothing that was acknowledged is lost."
              : "Failed; the cluster's files and logs: " + folder);
      out.flush();
    }
    return well ? 0 : Main.FAILED;
  }

  private void tell(PrintWriter out, Torture.Round round) {
    if (json) {
      return;
    }
    out.printf(
        Locale.ROOT,
        "round %3d: %6d operations, back after %5.1f s, damage: %s%s%n",
        round.round(),
        round.operations(),
        round.backMillis() / 1000.0,
        round.damage(),
        round.problem().map(problem -> "\n  NOT as it must be: " + problem).orElse(""));
    out.flush();
  }

  private static Map<String, Object> summary(
      List<Torture.Round> played, boolean well, long seed, Path folder) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("ok", well);
    summary.put("seed", seed);
    summary.put("rounds", played.size());
    summary.put("operations", played.stream().mapToLong(Torture.Round::operations).sum());
    summary.put(
        "acknowledged_appends", played.stream().mapToLong(Torture.Round::acknowledged).sum());
    summary.put(
        "back_ms_most", played.stream().mapToLong(Torture.Round::backMillis).max().orElse(0));
    List<String> problems = new ArrayList<>();
    for (Torture.Round round : played) {
      round
          .problem()
          .ifPresent(
              problem ->
                  problems.add("round " + round.round() + ", " + round.damage() + ": " + problem));
    }
    summary.put("problems", problems);
    if (!well) {
      summary.put("files", folder.toString());
    }
    return summary;
  }
}
