package dev.lockstep.config;

import static dev.lockstep.config.Yaml.line;
import static dev.lockstep.config.Yaml.quoted;

import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.protocol.replica.ReplicaConfig.Timing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A {@link ReplicaSettings} as YAML. Timing and budgets may be left out, and then have defaults.
 *
 * @param cluster where the cluster's file is
 */
record ReplicaFile(Path cluster, ReplicaSettings settings) {
  private static final Map<String, Durability> DURABILITY =
      new TreeMap<>(
          Map.of(
              "durable", Durability.DURABLE,
              "memory", Durability.MEMORY,
              "async", Durability.ASYNC));

  /** Paths in the file are relative to the folder that it is in. */
  static ReplicaFile read(Path file) throws IOException {
    Section top = Section.read(file);
    Path cluster = top.path("cluster");
    int id = top.integer("id");
    Path data = top.path("data");
    String bind = top.string("bind");
    Section admin = top.section("admin");
    String adminHost = admin.string("host");
    int adminPort = admin.port("port");
    admin.end();
    Durability durability = top.oneOf("durability", DURABILITY);
    Timing timing = top.has("timing") ? timing(top.section("timing")) : Timing.defaults();
    Budgets budgets = top.has("budgets") ? budgets(top.section("budgets")) : Budgets.defaults();
    top.end();
    return new ReplicaFile(
        cluster,
        top.checked(
            () ->
                new ReplicaSettings(
                    id,
                    Optional.of(data),
                    bind,
                    adminHost,
                    adminPort,
                    durability,
                    timing,
                    budgets)));
  }

  private static Timing timing(Section timing) throws IOException {
    Timing defaults = Timing.defaults();
    Timing read =
        new Timing(
            timing.quantity("request-timeout", Units.DURATION, defaults.requestTimeout()),
            timing.integer("timeout-doublings", defaults.timeoutDoublings()),
            timing.quantity("status-period", Units.DURATION, defaults.statusPeriod()),
            timing.quantity("fetch-period", Units.DURATION, defaults.fetchPeriod()),
            timing.quantity("batch-pause", Units.DURATION, defaults.batchPause()));
    timing.end();
    return read;
  }

  private static Budgets budgets(Section budgets) throws IOException {
    Budgets defaults = Budgets.defaults();
    Budgets read =
        new Budgets(
            budgets.integer("client-requests", defaults.clientRequests()),
            budgets.quantity("client-bytes", Units.SIZE, defaults.clientBytes()),
            budgets.integer("peer-requests", defaults.peerRequests()),
            budgets.quantity("peer-bytes", Units.SIZE, defaults.peerBytes()),
            budgets.quantity("log-bytes", Units.SIZE, defaults.logBytes()),
            budgets.quantity("transfer-rate", Units.SIZE, defaults.transferBytes()));
    budgets.end();
    return read;
  }

  /** With the paths as they are. */
  String write() {
    Path data =
        settings
            .data()
            .orElseThrow(() -> new IllegalArgumentException("a replica with files has a folder"));
    Timing timing = settings.timing();
    Budgets budgets = settings.budgets();
    return """
        # One replica of a Lockstep cluster, and its own business. Keys of this replica are beside
        # this file; nobody else may have them. Paths are relative to this file.

        %s
        %s
        %s
        %s

        admin:  # health, status and metrics, for everybody who can reach it
        %s
        %s

        # durable: on disk before it matters; nothing is lost even if all machines lose power.
        # memory:  written but not synced; a killed process forgets nothing, a machine may.
        # async:   like memory, and synced in the background.
        %s

        timing:
        %s
        %s
        %s
        %s
        %s

        budgets:  # what one client, or one peer, can make this replica hold
        %s
        %s
        %s
        %s
        %s
        %s
        """
        .formatted(
            line("cluster", quoted(cluster.toString()), ""),
            line("id", settings.id(), "which of the cluster's replicas"),
            line("data", quoted(data.toString()), "the folder for log and checkpoints"),
            line("bind", quoted(settings.bind()), "where peers and clients are listened to"),
            line("  host", quoted(settings.adminHost()), ""),
            line("  port", settings.adminPort(), ""),
            line("durability", settings.durability().name().toLowerCase(Locale.ROOT), ""),
            line(
                "  request-timeout",
                Units.DURATION.format(timing.requestTimeout()),
                "then a request is passed on, and after as long again the leader deposed"),
            line(
                "  timeout-doublings",
                timing.timeoutDoublings(),
                "how often it may double while leaders change without progress"),
            line(
                "  status-period",
                Units.DURATION.format(timing.statusPeriod()),
                "how often replicas tell each other where they are"),
            line(
                "  fetch-period",
                Units.DURATION.format(timing.fetchPeriod()),
                "then somebody else is asked for what is missing"),
            line(
                "  batch-pause",
                Units.DURATION.format(timing.batchPause()),
                "how long a leader lets a batch fill while another is under way"),
            line("  client-requests", budgets.clientRequests(), ""),
            line("  client-bytes", Units.SIZE.format(budgets.clientBytes()), ""),
            line("  peer-requests", budgets.peerRequests(), ""),
            line("  peer-bytes", Units.SIZE.format(budgets.peerBytes()), ""),
            line(
                "  log-bytes",
                Units.SIZE.format(budgets.logBytes()),
                "decisions in memory; older ones are read from the log"),
            line(
                "  transfer-rate",
                Units.SIZE.format(budgets.transferBytes()),
                "per second that one peer can have of decisions and checkpoints"));
  }
}
