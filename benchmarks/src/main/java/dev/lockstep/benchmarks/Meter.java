package dev.lockstep.benchmarks;

import dev.lockstep.api.InvocationException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** What the calls of a load came to. Any thread records; one thread takes what was recorded. */
final class Meter {
  /** Three digits: a latency is known to one part in a thousand. */
  private static final int DIGITS = 3;

  private final Recorder latencies = new Recorder(DIGITS);
  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private Histogram recycled;

  /** A histogram of latencies in nanoseconds. */
  static Histogram histogram() {
    return new Histogram(DIGITS);
  }

  void done(long nanos) {
    latencies.recordValue(Math.max(0, nanos));
  }

  void failed(String why) {
    failures.computeIfAbsent(why, any -> new LongAdder()).increment();
  }

  /** By what is known of the operation. */
  void failed(Throwable failure) {
    failed(
        failure instanceof InvocationException invocation
            ? invocation.outcome().name().toLowerCase(Locale.ROOT)
            : failure.getClass().getSimpleName());
  }

  /** The latencies since the last time; valid until the next time. */
  Histogram take() {
    recycled = latencies.getIntervalHistogram(recycled);
    return recycled;
  }

  /** How many calls have failed so far, by reason. */
  Map<String, Long> failures() {
    Map<String, Long> now = new TreeMap<>();
    failures.forEach((why, count) -> now.put(why, count.sum()));
    return now;
  }
}
