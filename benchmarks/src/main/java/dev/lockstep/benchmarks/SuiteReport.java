package dev.lockstep.benchmarks;

import dev.lockstep.benchmarks.BenchOptions.Connections;
import dev.lockstep.benchmarks.BenchOptions.Group;
import dev.lockstep.benchmarks.BenchOptions.Load;
import dev.lockstep.protocol.view.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The results of a {@link Suite} as a table, and as a plot. */
public final class SuiteReport {
  private SuiteReport() {}

  /** A Markdown table, with what is authenticated and persisted above the rows that share it. */
  public static String table(List<BenchResult> results) {
    StringBuilder text = new StringBuilder();
    Group last = null;
    for (BenchResult result : results) {
      Group group = result.options().group();
      if (!group.equals(last)) {
        last = group;
        text.append(
            String.format(
                Locale.ROOT,
                "%n%s, %d replicas, f = %d. Authenticated: %s. Persisted: %s.%n%n",
                group.mode() == View.Mode.BYZANTINE ? "Byzantine" : "Crash",
                group.replicas(),
                group.faults(),
                result.authenticated(),
                result.persisted()));
        text.append(
            "| request/reply | clients | connections | ops/s | p50 ms | p99 ms | CPU-s per 1000 |"
                + " requests per instance | MB per replica |\n"
                + "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
      }
      text.append(row(result));
    }
    return text.toString().stripLeading();
  }

  private static String row(BenchResult result) {
    Load load = result.options().load();
    String clients =
        load.clients() + (load.inFlight() > 1 ? " x " + load.inFlight() + " in flight" : "");
    return String.format(
        Locale.ROOT,
        "| %d/%d%s | %s | %s | %,.0f%s | %.2f | %.2f | %.4f | %.1f | %s |%n",
        load.requestBytes(),
        load.replyBytes(),
        load.unordered() ? " unordered" : "",
        clients,
        load.connections().name().toLowerCase(Locale.ROOT),
        result.throughput(),
        result.failures().isEmpty() && result.regencyChanges() == 0
            ? ""
            : " ("
                + result.regencyChanges()
                + " regency changes, failures "
                + result.failures()
                + ")",
        result.percentileMillis(50),
        result.percentileMillis(99),
        result.cpu(),
        result.batch(),
        result.residentMegabytes().values().stream().mapToLong(each -> each).max().orElse(0));
  }

  /** Throughput against median latency as SVG: a line for each payload and mode. */
  public static String plot(List<BenchResult> results) {
    LatencyPlot plot = new LatencyPlot("Throughput against latency, shared connections, TLS");
    List<Group> groups =
        results.stream()
            .map(result -> result.options().group())
            .filter(group -> group.tls() && !group.sign())
            .distinct()
            .toList();
    for (Group group : groups) {
      boolean byzantine = group.mode() == View.Mode.BYZANTINE;
      List<Integer> payloads =
          results.stream()
              .map(result -> result.options().load().requestBytes())
              .distinct()
              .toList();
      for (int i = 0; i < payloads.size(); i++) {
        List<LatencyPlot.Point> points = new ArrayList<>();
        for (BenchResult result : results) {
          Load load = result.options().load();
          if (result.options().group().equals(group)
              && load.connections() == Connections.SHARED
              && !load.unordered()
              && load.requestBytes() == payloads.get(i)
              && result.operations() > 0) {
            points.add(
                new LatencyPlot.Point(
                    result.throughput(),
                    result.percentileMillis(50),
                    Integer.toString(load.clients() * load.inFlight())));
          }
        }
        plot.add(
            (byzantine ? "Byzantine " : "crash ") + payloads.get(i) + "/" + payloads.get(i),
            i,
            !byzantine,
            points);
      }
    }
    return plot.toSvg();
  }
}
