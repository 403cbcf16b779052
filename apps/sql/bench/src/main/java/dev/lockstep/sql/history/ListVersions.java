package dev.lockstep.sql.history;

import dev.lockstep.sql.history.Anomaly.Kind;
import dev.lockstep.sql.history.Operation.Append;
import dev.lockstep.sql.history.Operation.Read;
import dev.lockstep.sql.history.Operation.Step;
import dev.lockstep.sql.history.Operation.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The versions that the lists of a history went through, read off the lists themselves, and what
 * can be said about single reads: since every value is unique, a list tells who wrote to it, and in
 * which order.
 */
final class ListVersions {
  /**
   * What a transaction saw of a list in its snapshot, without what it appended itself.
   *
   * @param reader its place among the transactions
   */
  record Seen(int reader, long key, List<Long> values) {}

  private record Value(long key, long value) {}

  private final List<Call> calls;
  private final List<Anomaly> anomalies = new ArrayList<>();
  private final Map<Value, Integer> writers = new HashMap<>();
  private final List<Seen> seen = new ArrayList<>();
  private final Map<Long, List<Long>> longest = new TreeMap<>();
  private final Set<Long> incompatible = new HashSet<>();

  /**
   * @throws IllegalArgumentException if the history is not one of list-append
   */
  ListVersions(List<Call> calls) {
    this.calls = calls;
    for (int i = 0; i < calls.size(); i++) {
      for (Step step : steps(calls.get(i))) {
        if (step instanceof Append append
            && writers.put(new Value(append.key(), append.value()), i) != null) {
          throw new IllegalArgumentException(
              "The value " + append.value() + " is appended to list " + append.key() + " twice");
        }
      }
    }
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).isCommitted()) {
        read(i);
      }
    }
    seen.forEach(this::checkOrder);
    longest.forEach(this::checkValues);
    seen.forEach(this::checkLast);
  }

  List<Anomaly> anomalies() {
    return anomalies;
  }

  List<Seen> seen() {
    return seen;
  }

  /** The lists on whose order all reads agree: the longest that was read, by key. */
  Map<Long, List<Long>> versions() {
    Map<Long, List<Long>> versions = new TreeMap<>(longest);
    versions.keySet().removeAll(incompatible);
    return versions;
  }

  /** Who appended a value; null if nobody did. */
  Integer writerOrNull(long key, long value) {
    return writers.get(new Value(key, value));
  }

  static List<Step> steps(Call call) {
    if (call.operation() instanceof Transaction transaction) {
      return transaction.steps();
    }
    throw new IllegalArgumentException(
        "The history has operations that are none of the list-append workload");
  }

  /** Goes through a transaction: what it sees must be one snapshot and its own appends. */
  private void read(int reader) {
    Map<Long, List<Long>> snapshot = new LinkedHashMap<>();
    Map<Long, List<Long>> own = new HashMap<>();
    for (Step step : steps(calls.get(reader))) {
      List<Long> appended = own.computeIfAbsent(step.key(), any -> new ArrayList<>());
      if (step instanceof Append append) {
        appended.add(append.value());
        continue;
      }
      List<Long> values = ((Read) step).valuesOrNull();
      int before = values.size() - appended.size();
      if (before < 0 || !values.subList(before, values.size()).equals(appended)) {
        report(Kind.INTERNAL, reader, "does not see its own appends to list " + step.key());
        continue;
      }
      List<Long> base = values.subList(0, before);
      List<Long> known = snapshot.putIfAbsent(step.key(), base);
      if (known != null && !known.equals(base)) {
        report(Kind.INTERNAL, reader, "sees list " + step.key() + " change under it");
      }
      longest.merge(step.key(), values, (a, b) -> a.size() >= b.size() ? a : b);
    }
    snapshot.forEach((key, values) -> seen.add(new Seen(reader, key, values)));
  }

  private void checkOrder(Seen read) {
    List<Long> all = longest.get(read.key);
    if (!all.subList(0, Math.min(read.values.size(), all.size())).equals(read.values)) {
      incompatible.add(read.key);
      report(
          Kind.INCOMPATIBLE_ORDER,
          read.reader,
          "read list " + read.key + " as " + read.values + ", and others as " + all);
      // What is in no other read must be judged all the same.
      checkValues(read.key, read.values);
    }
  }

  private void checkValues(long key, List<Long> values) {
    Set<Long> before = new HashSet<>();
    for (long value : values) {
      Integer writer = writerOrNull(key, value);
      if (!before.add(value)) {
        incompatible.add(key);
        anomalies.add(
            new Anomaly(
                Kind.DUPLICATE,
                "List " + key + " holds " + value + " more than once: " + values + "."));
      } else if (writer == null) {
        incompatible.add(key);
        anomalies.add(
            new Anomaly(
                Kind.GARBAGE_READ, "List " + key + " holds " + value + ", which nobody appended."));
      } else if (calls.get(writer).outcome() == Outcome.FAIL) {
        report(
            Kind.ABORTED_READ,
            writer,
            "did not commit, but its value " + value + " is in list " + key);
      }
    }
  }

  /** Whoever wrote the last value of what was read must not have written more to that list. */
  private void checkLast(Seen read) {
    if (read.values.isEmpty()) {
      return;
    }
    long last = read.values.get(read.values.size() - 1);
    Integer writer = writerOrNull(read.key, last);
    if (writer == null) {
      return;
    }
    long lastOfWriter = last;
    for (Step step : steps(calls.get(writer))) {
      if (step instanceof Append append && append.key() == read.key) {
        lastOfWriter = append.value();
      }
    }
    if (lastOfWriter != last) {
      report(
          Kind.INTERMEDIATE_READ,
          read.reader,
          "read list "
              + read.key
              + " up to "
              + last
              + ", but "
              + calls.get(writer)
              + " appended "
              + lastOfWriter
              + " with it");
    }
  }

  private void report(Kind kind, int transaction, String what) {
    anomalies.add(new Anomaly(kind, calls.get(transaction) + " " + what + "."));
  }
}
