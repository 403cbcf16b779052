package dev.lockstep.cli.fabric;

import dev.lockstep.cli.CommandFailure;
import dev.lockstep.cli.Json;
import dev.lockstep.cli.Main;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientDirectory;
import dev.lockstep.fabric.folder.FabricFolder;
import dev.lockstep.fabric.node.Commands;
import dev.lockstep.fabric.node.Commands.ChannelHeight;
import dev.lockstep.services.command.RefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The {@code lockstep fabric status} command. */
@Command(
    name = "status",
    description = {
      "Show the channels as the group has them, and what of the service runs on this machine.",
      "The exit code is 0 if the group answers and everything here runs, and 1 if not. 'lockstep"
          + " status DIR' shows the replicas in detail."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
final class FabricStatusCommand implements Callable<Integer> {
  private static final int NOT_ALL = 1;

  @Parameters(paramLabel = "DIR", description = "The folder of the ordering service.")
  private Path directory;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  FabricStatusCommand() {}

  @Override
  public Integer call() throws IOException {
    FabricFolder folder = FabricFolder.open(directory);
    Map<String, Object> processes = new LinkedHashMap<>();
    boolean all = true;
    for (LocalProcess each : LocalProcesses.of(folder)) {
      boolean runs = each.process().isPresent();
      processes.put(each.name(), runs ? "runs" : "down");
      all &= runs;
    }
    List<ChannelHeight> heights = heights(ClientDirectory.open(folder.cluster().firstClient()));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      List<Map<String, Object>> channels = new ArrayList<>();
      for (ChannelHeight each : heights) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("channel", each.channel());
        row.put("height", each.height());
        row.put("configSequence", each.configSequence());
        row.put("waiting", each.waiting());
        channels.add(row);
      }
      Map<String, Object> summary = new LinkedHashMap<>();
      summary.put("channels", channels);
      summary.put("processes", processes);
      summary.put("frontends", folder.listeners());
      Json.print(out, summary);
    } else {
      for (ChannelHeight each : heights) {
        out.printf(
            "channel %s: height %d, configuration %d, %d waiting%n",
            each.channel(), each.height(), each.configSequence(), each.waiting());
      }
      processes.forEach((name, state) -> out.printf("%s: %s%n", name, state));
      for (Map.Entry<String, String> each : folder.listeners().entrySet()) {
        out.printf("%s: listens at %s%n", each.getKey(), each.getValue());
      }
      out.flush();
    }
    return all ? 0 : NOT_ALL;
  }

  private static List<ChannelHeight> heights(ClientDirectory client) {
    try (ServiceProxy group =
        ServiceProxy.builder(client.cluster(), client.credentials()).build()) {
      return Commands.readHeights(group.invokeUnordered(Commands.heights()));
    } catch (RefusedException e) {
      throw new CommandFailure("the group's answer makes no sense: " + e.getMessage());
    }
  }
}
