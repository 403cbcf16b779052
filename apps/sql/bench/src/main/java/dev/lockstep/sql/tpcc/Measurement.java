package dev.lockstep.sql.tpcc;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What one terminal counts, for its own thread, or all of them together. */
final class Measurement {
  private static final long LATENCY_MAX_MICROS = 600_000_000;

  /** Of one kind of transactions. */
  static final class OfKind {
    final Histogram latencyMicros = new Histogram(LATENCY_MAX_MICROS, 3);
    final Histogram commitMicros = new Histogram(LATENCY_MAX_MICROS, 3);
    long committed;
    long rolledBack;
    long retries;
    long failed;

    private void add(OfKind other) {
      latencyMicros.add(other.latencyMicros);
      commitMicros.add(other.commitMicros);
      committed += other.committed;
      rolledBack += other.rolledBack;
      retries += other.retries;
      failed += other.failed;
    }
  }

  final Map<Kind, OfKind> kinds = new EnumMap<>(Kind.class);
  String failureOrNull;

  Measurement() {
    for (Kind kind : Kind.values()) {
      kinds.put(kind, new OfKind());
    }
  }

  void add(Measurement other) {
    kinds.forEach((kind, measured) -> measured.add(other.kinds.get(kind)));
    failureOrNull = failureOrNull == null ? other.failureOrNull : failureOrNull;
  }

  static long micros(long fromNanos, long toNanos) {
    return Math.min(LATENCY_MAX_MICROS, Math.max(0, (toNanos - fromNanos) / 1_000));
  }
}
