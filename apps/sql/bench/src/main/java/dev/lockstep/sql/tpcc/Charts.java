package dev.lockstep.sql.tpcc;

import dev.lockstep.sql.bench.BarChart;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Results side by side, as the papers show them. */
public final class Charts {
  private Charts() {}

  /** New orders and all transactions per minute. */
  public static String throughput(List<Result> results) {
    BarChart chart = chart("Throughput", "transactions per minute", results);
    add(chart, "new orders", results, Result::newOrdersPerMinute);
    add(chart, "all transactions", results, Result::totalPerMinute);
    return chart.toSvg();
  }

  /** Latency of new orders and of their commits. */
  public static String latency(List<Result> results) {
    BarChart chart = chart("Latency of new orders", "milliseconds", results);
    add(chart, "commit, median", results, result -> newOrder(result).commitMillis().p50());
    add(chart, "commit, 90 %", results, result -> newOrder(result).commitMillis().p90());
    add(chart, "transaction, median", results, result -> newOrder(result).latencyMillis().p50());
    add(chart, "transaction, 90 %", results, result -> newOrder(result).latencyMillis().p90());
    return chart.toSvg();
  }

  private static Result.OfKind newOrder(Result result) {
    return result.kinds().get(Kind.NEW_ORDER);
  }

  private static BarChart chart(String title, String unit, List<Result> results) {
    Result first = results.get(0);
    return new BarChart(
        title
            + ": "
            + first.warehouses()
            + " warehouses, "
            + first.terminals()
            + " terminals"
            + (first.think() ? ", with thinking" : ""),
        unit,
        results.stream().map(Result::label).toList());
  }

  private static void add(
      BarChart chart, String name, List<Result> results, ToDoubleFunction<Result> value) {
    chart.add(name, results.stream().map(value::applyAsDouble).toList());
  }
}
