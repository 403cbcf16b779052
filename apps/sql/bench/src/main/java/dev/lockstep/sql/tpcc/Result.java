package dev.lockstep.sql.tpcc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What a run came to. Only transactions that began and ended within the measurement count.
 *
 * @param engine as the driver names it
 * @param newOrdersPerMinute committed new orders
 * @param totalPerMinute committed transactions of all kinds
 * @param processorSeconds of the client and of the processes that were named
 * @param processorMillisPerTransaction that, for each committed transaction
 * @param violatedConditions consistency conditions that do not hold at the end
 * @param failure the first error that was no conflict, or null
 */
public record Result(
    String label,
    String url,
    String engine,
    int warehouses,
    int items,
    int terminals,
    boolean think,
    int seconds,
    double newOrdersPerMinute,
    double totalPerMinute,
    double processorSeconds,
    double processorMillisPerTransaction,
    List<Integer> violatedConditions,
    String failure,
    Map<Kind, OfKind> kinds) {

  /**
   * Of one kind of transactions. Latencies run from the first attempt to the end of the commit that
   * succeeded.
   *
   * @param rolledBack new orders of an item that does not exist
   * @param retries attempts that ended in a conflict
   * @param failed transactions that were given up because of another error
   */
  public record OfKind(
      long committed,
      long rolledBack,
      long retries,
      long failed,
      Latency latencyMillis,
      Latency commitMillis) {}

  /** Of many transactions, in milliseconds. */
  public record Latency(double p50, double p90, double p99, double max) {
    private static Latency of(Histogram micros) {
      return new Latency(
          micros.getValueAtPercentile(50) / 1000.0,
          micros.getValueAtPercentile(90) / 1000.0,
          micros.getValueAtPercentile(99) / 1000.0,
          micros.getMaxValue() / 1000.0);
    }
  }

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  static Result of(
      String label,
      String url,
      String engine,
      Options options,
      Measurement measured,
      double processorSeconds,
      List<Integer> violated) {
    Map<Kind, OfKind> kinds = new EnumMap<>(Kind.class);
    measured.kinds.forEach(
        (kind, of) ->
            kinds.put(
                kind,
                new OfKind(
                    of.committed,
                    of.rolledBack,
                    of.retries,
                    of.failed,
                    Latency.of(of.latencyMicros),
                    Latency.of(of.commitMicros))));
    long committed = kinds.values().stream().mapToLong(OfKind::committed).sum();
    double minutes = options.seconds() / 60.0;
    return new Result(
        label,
        url,
        engine,
        options.scale().warehouses(),
        options.scale().items(),
        options.terminals(),
        options.think(),
        options.seconds(),
        kinds.get(Kind.NEW_ORDER).committed / minutes,
        committed / minutes,
        processorSeconds,
        committed == 0 ? 0 : processorSeconds * 1000 / committed,
        violated,
        measured.failureOrNull,
        kinds);
  }

  /** As one JSON object. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IOException if the file holds something else
   */
  public static Result read(Path file) throws IOException {
    try {
      return JSON.readValue(Files.readString(file), Result.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          file + " is no result of 'lockstep sql bench tpcc --json': " + e.getOriginalMessage(), e);
    }
  }

  /** As a table for people. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%s: %s, %d warehouses, %d terminals, %s",
        label,
        engine,
        warehouses,
        terminals,
        think ? "with keying and thinking" : "without thinking");
    line(
        text,
        "%-13s %9s %9s %9s %8s %8s %8s %8s %10s",
        "",
        "committed",
        "retries",
        "failed",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "max ms",
        "commit p50");
    kinds.forEach(
        (kind, of) ->
            line(
                text,
                "%-13s %9d %9d %9d %8.1f %8.1f %8.1f %8.1f %10.1f",
                kind.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                of.committed,
                of.retries,
                of.failed,
                of.latencyMillis.p50,
                of.latencyMillis.p90,
                of.latencyMillis.p99,
                of.latencyMillis.max,
                of.commitMillis.p50));
    line(
        text,
        "new orders per minute %.0f, transactions per minute %.0f",
        newOrdersPerMinute,
        totalPerMinute);
    line(text, "processor time %.2f ms for each transaction", processorMillisPerTransaction);
    line(
        text,
        "consistency conditions: %s",
        violatedConditions.isEmpty() ? "all hold" : "VIOLATED: " + violatedConditions);
    if (failure != null) {
      line(text, "first failure: %s", failure);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
