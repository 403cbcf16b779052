package dev.lockstep.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The {@code lockstep status} command. */
@Command(
    name = "status",
    description = {
      "Show what each replica of a cluster says of itself.",
      "Asks those whose folders are here, at their admin endpoints. The exit code is 0 if all of them"
          + " are healthy, and 1 if not."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
public final class StatusCommand implements Callable<Integer> {
  private static final int NOT_ALL = 1;

  /** A title, and the key of an answer in which its value is. */
  private static final String[][] COLUMNS = {
    {"ID", "replica"},
    {"ADDRESS", "address"},
    {"STATE", "state"},
    {"HEALTHY", "healthy"},
    {"VIEW", "view"},
    {"REGENCY", "regency"},
    {"LEADER", "leader"},
    {"DECIDED", "lastDelivered"},
    {"LAG", "lag"},
    {"PENDING", "pendingRequests"},
    {"CLIENTS", "clients"}
  };

  @Mixin private ClusterArgument folder;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  /** Made by picocli. */
  StatusCommand() {}

  @Override
  public Integer call() throws IOException {
    ClusterDirectory directory = folder.open();
    ClusterConfig cluster = directory.cluster();
    Map<Integer, LocalReplica> here = new LinkedHashMap<>();
    for (LocalReplica replica : LocalReplicas.of(directory)) {
      here.put(replica.id(), replica);
    }
    // At once: each may take its time not to answer.
    List<ObjectNode> rows =
        cluster.members().parallelStream()
            .map(member -> row(member, here.get(member.id())))
            .toList();
    long healthy = rows.stream().filter(row -> row.path("healthy").asBoolean()).count();
    if (json) {
      ObjectNode all = JsonNodeFactory.instance.objectNode();
      all.put("cluster", cluster.name());
      all.put("faults", cluster.faults());
      all.put("healthy", healthy);
      all.putArray("replicas").addAll(rows);
      Json.print(spec.commandLine().getOut(), all);
    } else {
      print(cluster, rows, healthy);
    }
    return healthy == here.size() ? 0 : NOT_ALL;
  }

  private static ObjectNode row(ClusterConfig.Member member, LocalReplica replica) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    row.put("replica", member.id());
    row.put("address", member.host() + ":" + member.clientPort());
    if (replica == null) {
      return row.put("state", "elsewhere");
    }
    try {
      LocalReplica.Answer answer = replica.ask();
      if (answer.statusOrNull() != null) {
        return row.setAll((ObjectNode) answer.statusOrNull());
      }
      boolean runs = replica.process().isPresent() || replica.isInUse();
      return row.put("healthy", false)
          .put("state", runs ? "no answer" : "down")
          .put("stranger", answer.strangerOrNull());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void print(ClusterConfig cluster, List<ObjectNode> rows, long healthy) {
    List<String[]> lines = new ArrayList<>();
    lines.add(Arrays.stream(COLUMNS).map(column -> column[0]).toArray(String[]::new));
    for (ObjectNode row : rows) {
      lines.add(
          Arrays.stream(COLUMNS).map(column -> text(row.path(column[1]))).toArray(String[]::new));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "Cluster %s: %d of %d replicas healthy, %d may be faulty.%n",
        cluster.name(), healthy, cluster.members().size(), cluster.faults());
    for (String[] line : lines) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < line.length; column++) {
        int at = column;
        int width = lines.stream().mapToInt(each -> each[at].length()).max().orElse(0);
        text.append(String.format("%-" + (width + 2) + "s", line[column]));
      }
      out.println(text.toString().stripTrailing());
    }
    for (ObjectNode row : rows) {
      if (row.path("stranger").isTextual()) {
        out.printf(
            "Replica %s does not answer: %s.%n",
            row.path("replica").asText(), row.path("stranger").asText());
      } else if (row.path("reason").isTextual()) {
        out.printf(
            "Replica %s has stopped: %s%n",
            row.path("replica").asText(), Text.printable(row.path("reason").asText()));
      }
      JsonNode transfer = row.path("transfer");
      if (transfer.isObject()) {
        out.printf(
            "Replica %s takes the state of others (%s): %s of %s pieces of instance %s, offered by"
                + " replica %s.%n",
            row.path("replica").asText(),
            transfer.path("phase").asText(),
            text(transfer.path("piecesDone")),
            text(transfer.path("pieces")),
            text(transfer.path("instance")),
            text(transfer.path("source")));
      }
    }
    out.flush();
  }

  private static String text(JsonNode value) {
    if (value.isMissingNode() || (value.isNumber() && value.asLong() < 0)) {
      return "-";
    }
    return value.isBoolean() ? (value.asBoolean() ? "yes" : "NO") : value.asText();
  }
}
