package dev.lockstep.sql.history;

import dev.lockstep.sql.history.ListVersions.Seen;
import dev.lockstep.sql.history.Operation.Append;
import dev.lockstep.sql.history.Operation.Step;
import dev.lockstep.sql.history.OrderGraph.Edge;
import dev.lockstep.sql.history.OrderGraph.Why;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Judges a list-append history: whether an execution under snapshot isolation can explain it. Write
 * skew is allowed, everything else that snapshot isolation excludes is found if the reads show it.
 */
public final class SnapshotChecker {

  /** What the database promises about the order of its snapshots. */
  public enum Freshness {
    /** A transaction sees all that was acknowledged before it began. */
    REAL_TIME,
    /** A transaction sees all that its own process did before. */
    SESSION
  }

  /**
   * What was found.
   *
   * @param anomalies empty if snapshot isolation explains the history
   * @param committed how many transactions committed for sure
   * @param failed how many did not
   * @param unknown of how many nobody knows
   * @param unread how many committed appends no read shows, so that less can be said about them
   */
  public record Verdict(
      List<Anomaly> anomalies, long committed, long failed, long unknown, long unread) {
    /** Whether snapshot isolation explains the history. */
    public boolean isValid() {
      return anomalies.isEmpty();
    }
  }

  /** From the simplest circles to those that take the most to explain. */
  private static final List<Set<Why>> STAGES =
      List.of(
          EnumSet.of(Why.WW),
          EnumSet.of(Why.WW, Why.WR),
          EnumSet.of(Why.WW, Why.WR, Why.RW),
          EnumSet.allOf(Why.class));

  private final List<Call> calls;
  private final ListVersions versions;
  private final OrderGraph graph;
  private long unread;

  private SnapshotChecker(List<Call> calls) {
    this.calls = calls;
    versions = new ListVersions(calls);
    graph = new OrderGraph(calls.size());
  }

  /**
   * Judges a history.
   *
   * @throws IllegalArgumentException if it is not one of list-append, with a sentence that says why
   */
  public static Verdict check(History history, Freshness freshness) {
    SnapshotChecker checker = new SnapshotChecker(history.calls());
    checker.addReadsAndWrites();
    checker.addTime(freshness);
    List<Anomaly> anomalies = new ArrayList<>(checker.versions.anomalies());
    for (Set<Why> stage : STAGES) {
      List<List<Edge>> circles = checker.graph.circles(stage);
      circles.forEach(
          circle -> anomalies.add(new Anomaly(OrderGraph.kind(circle), checker.explain(circle))));
      if (!circles.isEmpty()) {
        break;
      }
    }
    return new Verdict(
        List.copyOf(anomalies),
        checker.count(Outcome.OK),
        checker.count(Outcome.FAIL),
        checker.count(Outcome.INFO),
        checker.unread);
  }

  private long count(Outcome outcome) {
    return calls.stream().filter(call -> call.outcome() == outcome).count();
  }

  private void addReadsAndWrites() {
    Map<Long, List<Long>> lists = versions.versions();
    lists.forEach(
        (key, values) -> {
          for (int i = 1; i < values.size(); i++) {
            graph.add(writer(key, values.get(i - 1)), writer(key, values.get(i)), Why.WW, key);
          }
        });
    Map<Long, Set<Integer>> unreadWriters = unreadWriters(lists);
    for (Seen seen : versions.seen()) {
      List<Long> values = lists.get(seen.key());
      if (values == null) {
        continue;
      }
      int size = seen.values().size();
      if (size > 0) {
        graph.add(writer(seen.key(), values.get(size - 1)), seen.reader(), Why.WR, seen.key());
      }
      if (size < values.size()) {
        graph.add(seen.reader(), writer(seen.key(), values.get(size)), Why.RW, seen.key());
      } else {
        // What was committed but never read comes after all that was read.
        for (int writer : unreadWriters.getOrDefault(seen.key(), Set.of())) {
          graph.add(seen.reader(), writer, Why.RW, seen.key());
        }
      }
    }
  }

  private Map<Long, Set<Integer>> unreadWriters(Map<Long, List<Long>> lists) {
    Map<Long, Set<Long>> read = new HashMap<>();
    lists.forEach((key, values) -> read.put(key, new HashSet<>(values)));
    Map<Long, Set<Integer>> writers = new HashMap<>();
    for (int i = 0; i < calls.size(); i++) {
      if (!calls.get(i).isCommitted()) {
        continue;
      }
      for (Step step : ListVersions.steps(calls.get(i))) {
        if (step instanceof Append append
            && !read.getOrDefault(append.key(), Set.of()).contains(append.value())) {
          unread++;
          writers.computeIfAbsent(append.key(), any -> new LinkedHashSet<>()).add(i);
        }
      }
    }
    return writers;
  }

  private int writer(long key, long value) {
    return versions.writerOrNull(key, value);
  }

  /**
   * Arrows from what had ended to what began later. Of these only those are needed that no others
   * imply: from the transactions that ended last, of those that were not under way together.
   */
  private void addTime(Freshness freshness) {
    if (freshness == Freshness.SESSION) {
      Map<Long, Integer> last = new HashMap<>();
      for (int i = 0; i < calls.size(); i++) {
        Integer before = last.put(calls.get(i).process(), i);
        if (before != null) {
          graph.add(before, i, Why.TIME, 0);
        }
      }
      return;
    }
    Integer[] byEnd = new Integer[calls.size()];
    Arrays.setAll(byEnd, i -> i);
    Arrays.sort(byEnd, Comparator.comparingLong(i -> calls.get(i).end()));
    Set<Integer> ended = new LinkedHashSet<>();
    Map<Integer, Set<Integer>> before = new HashMap<>();
    int at = 0;
    for (int i = 0; i < calls.size(); i++) {
      while (at < byEnd.length && calls.get(byEnd[at]).end() < calls.get(i).begin()) {
        int done = byEnd[at++];
        // Failed transactions are no transactions; what they would pass on passes by them.
        if (calls.get(done).isCommitted()) {
          ended.removeAll(before.get(done));
          ended.add(done);
        }
        before.remove(done);
      }
      before.put(i, Set.copyOf(ended));
      for (int done : ended) {
        graph.add(done, i, Why.TIME, 0);
      }
    }
  }

  private String explain(List<Edge> circle) {
    StringBuilder text = new StringBuilder();
    for (Edge edge : circle) {
      Call from = calls.get(edge.from());
      Call to = calls.get(edge.to());
      text.append(text.isEmpty() ? "" : ", ");
      switch (edge.why()) {
        case WW -> text.append(to + " overwrote list " + edge.key() + " as " + from + " left it");
        case WR -> text.append(to + " read list " + edge.key() + " as " + from + " left it");
        case RW ->
            text.append(to + " overwrote the version of list " + edge.key() + " that " + from)
                .append(" read");
        case TIME -> text.append(to + " began after " + from + " had ended");
      }
    }
    return text.append(".").toString();
  }
}
