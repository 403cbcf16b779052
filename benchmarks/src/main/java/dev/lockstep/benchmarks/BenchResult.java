package dev.lockstep.benchmarks;

import dev.lockstep.config.Durability;
import dev.lockstep.network.Transports;
import dev.lockstep.protocol.view.View;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * The figures of one run.
 *
 * @param seconds how long was measured
 * @param latencies of the calls that ended in that time, in nanoseconds
 * @param failures of that time, by reason
 * @param unfinished calls that had no outcome some seconds after the end
 * @param clientCpuNanos CPU time of this process in that time
 * @param begin the replicas at the beginning of that time
 * @param end the replicas at its end
 */
public record BenchResult(
    BenchOptions options,
    double seconds,
    Histogram latencies,
    Map<String, Long> failures,
    int unfinished,
    long clientCpuNanos,
    List<BenchCluster.Sample> begin,
    List<BenchCluster.Sample> end) {
  private static final double[] PERCENTILES = {50, 90, 95, 99, 99.9};
  private static final long MEGABYTE = 1 << 20;

  /** Operations with a result. */
  public long operations() {
    return latencies.getTotalCount();
  }

  /** Operations with a result in each second. */
  public double throughput() {
    return operations() / seconds;
  }

  /** The latency that this many percent of the operations did not exceed. */
  public double percentileMillis(double percent) {
    return millis(latencies.getValueAtPercentile(percent));
  }

  /** CPU seconds of all replicas for a thousand operations. */
  public double replicaCpu() {
    long nanos = 0;
    for (int i = 0; i < end.size(); i++) {
      nanos += end.get(i).cpuNanos() - begin.get(i).cpuNanos();
    }
    return perThousand(nanos);
  }

  /** CPU seconds of the clients, and of replicas in the same process, for a thousand operations. */
  public double clientCpu() {
    return perThousand(clientCpuNanos);
  }

  /** CPU seconds of all processes for a thousand operations. */
  public double cpu() {
    return replicaCpu() + clientCpu();
  }

  private double perThousand(long nanos) {
    return operations() == 0 ? 0 : nanos / 1e9 / operations() * 1000;
  }

  /** Requests in each instance, of those that replica 0 delivered; 0 if it delivered none. */
  public double batch() {
    long instances = end.get(0).instances() - begin.get(0).instances();
    return instances == 0
        ? 0
        : (end.get(0).requests() - begin.get(0).requests()) / (double) instances;
  }

  /** By how much the regency of the replica that is furthest ahead has grown. */
  public long regencyChanges() {
    return regency(end) - regency(begin);
  }

  private static long regency(List<BenchCluster.Sample> replicas) {
    return replicas.stream().mapToLong(BenchCluster.Sample::regency).max().orElse(0);
  }

  /** Resident memory in megabytes, by replica; of the one process if there is only one. */
  public Map<String, Long> residentMegabytes() {
    Map<String, Long> resident = new TreeMap<>();
    if (options.group().oneProcess()) {
      resident.put("all", Usage.residentBytes(ProcessHandle.current()) / MEGABYTE);
    } else {
      end.forEach(
          each -> resident.put("replica-" + each.replica(), each.residentBytes() / MEGABYTE));
    }
    return resident;
  }

  /** What is authenticated, and by what, in one line. */
  public String authenticated() {
    BenchOptions.Group group = options.group();
    if (!group.tls()) {
      return "nothing on the wire: no TLS"
          + (group.mode() == View.Mode.BYZANTINE ? ", but votes are signed" : "")
          + (group.sign() ? ", and requests are" : "");
    }
    return "all connections, both ends (TLS 1.3; "
        + Transports.description()
        + ")"
        + (group.mode() == View.Mode.CRASH
            ? "; nothing is signed in crash mode"
            : group.sign()
                ? "; votes and requests are signed"
                : "; votes are signed, requests are vouched for by f+1 replicas");
  }

  /** What is kept, and how, in one line. */
  public String persisted() {
    return options.group().oneProcess()
        ? "nothing"
        : options.group().durability() == Durability.DURABLE
            ? "votes and decisions, synced before they matter"
            : options.group().durability() == Durability.ASYNC
                ? "votes and decisions, synced in the background"
                : "votes and decisions, written but not synced";
  }

  /** The group, the load and what is behind the figures, for people. */
  public String describe() {
    BenchOptions.Group group = options.group();
    BenchOptions.Load load = options.load();
    return String.format(
        Locale.ROOT,
        "%d replicas, f = %d, %s, %s; %d clients on %s connections, %s; %d/%d bytes, %s",
        group.replicas(),
        group.faults(),
        group.mode() == View.Mode.BYZANTINE ? "Byzantine" : "crash",
        group.oneProcess() ? "all in one process" : "a process each",
        load.clients(),
        load.connections() == BenchOptions.Connections.SHARED ? "shared" : "own",
        load.rate() > 0
            ? "open loop at " + load.rate() + "/s"
            : load.inFlight() + " in flight each",
        load.requestBytes(),
        load.replyBytes(),
        load.unordered() ? "unordered" : "ordered");
  }

  /** The figures with their names, for scripts. */
  public Map<String, Object> toMap() {
    BenchOptions.Group group = options.group();
    BenchOptions.Load load = options.load();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("replicas", group.replicas());
    map.put("faults", group.faults());
    map.put("mode", group.mode() == View.Mode.BYZANTINE ? "bft" : "cft");
    map.put("request_bytes", load.requestBytes());
    map.put("reply_bytes", load.replyBytes());
    map.put("clients", load.clients());
    map.put("connections", load.connections().name().toLowerCase(Locale.ROOT));
    map.put("in_flight", load.inFlight());
    map.put("rate", load.rate());
    map.put("ordered", !load.unordered());
    map.put("signed", group.sign());
    map.put("tls", group.tls());
    map.put("durability", group.durability().name().toLowerCase(Locale.ROOT));
    map.put("processes", group.oneProcess() ? 1 : group.replicas() + 1);
    map.put("authenticated", authenticated());
    map.put("persisted", persisted());
    map.put("seconds", rounded(seconds));
    map.put("operations", operations());
    map.put("throughput", rounded(throughput()));
    map.put("latency_ms", latencyMap());
    map.put("cpu_seconds_per_1000", rounded(cpu()));
    if (!group.oneProcess()) {
      map.put("replica_cpu_seconds_per_1000", rounded(replicaCpu()));
      map.put("client_cpu_seconds_per_1000", rounded(clientCpu()));
    }
    map.put("resident_mb", residentMegabytes());
    map.put("requests_per_instance", rounded(batch()));
    map.put("regency_changes", regencyChanges());
    map.put("failures", failures);
    map.put("unfinished", unfinished);
    return map;
  }

  private Map<String, Object> latencyMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("mean", rounded(millis((long) latencies.getMean())));
    for (double percentile : PERCENTILES) {
      map.put("p" + name(percentile), rounded(percentileMillis(percentile)));
    }
    map.put("max", rounded(millis(latencies.getMaxValue())));
    return map;
  }

  private static String name(double percentile) {
    return percentile == Math.rint(percentile)
        ? Long.toString((long) percentile)
        : Double.toString(percentile);
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  /** To four significant digits: more would be noise. */
  private static double rounded(double value) {
    if (value == 0 || Double.isNaN(value)) {
      return 0;
    }
    double scale = Math.pow(10, 3 - Math.floor(Math.log10(Math.abs(value))));
    return scale >= 1 ? Math.round(value * scale) / scale : Math.rint(value);
  }

  /** The same for people, a line for each. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    text.append(describe()).append('\n');
    line(text, "authenticated", authenticated());
    line(text, "persisted", persisted());
    line(text, "throughput", String.format(Locale.ROOT, "%,.0f operations/s", throughput()));
    StringBuilder latency = new StringBuilder();
    latencyMap()
        .forEach((name, value) -> latency.append(name).append(' ').append(value).append("  "));
    line(text, "latency, ms", latency.toString().strip());
    line(
        text,
        "CPU",
        String.format(Locale.ROOT, "%.4f s per 1000 operations", cpu())
            + (options.group().oneProcess()
                ? ""
                : String.format(
                    Locale.ROOT, " (replicas %.4f, clients %.4f)", replicaCpu(), clientCpu())));
    line(text, "memory, MB", residentMegabytes().toString().replaceAll("[{}]", ""));
    line(text, "batch", String.format(Locale.ROOT, "%.1f requests per instance", batch()));
    line(text, "regencies", regencyChanges() + " changes");
    line(text, "failures", failures.isEmpty() ? "none" : failures.toString());
    if (unfinished > 0) {
      line(text, "unfinished", unfinished + " calls had no outcome at the end");
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "  %-14s %s%n", name, value));
  }
}
