package dev.lockstep.sql.server;

import dev.lockstep.sql.server.ReplicatedState.Counter;
import dev.lockstep.sql.server.determinism.IdSource;
import dev.lockstep.sql.server.engine.Engine;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts for sequences and identity columns in place of the engines, which would count in the order
 * in which transactions happen to run. Service thread only.
 */
final class Counters {
  private final Database database;
  private final Map<String, Counter> counters;

  Counters(Database database, Map<String, Counter> counters) {
    this.database = database;
    this.counters = counters;
  }

  /**
   * Takes values out of circulation.
   *
   * @return the state before, of which {@link Counter#next} is the first of them; null if there is
   *     no such sequence
   */
  Counter takeOrNull(String source, int count) {
    Counter counter = counters.get(source);
    if (counter == null) {
      Engine.Sequence sequence = look(source);
      if (sequence == null) {
        return null;
      }
      counter = new Counter(sequence.base(), sequence.increment(), sequence.base());
    }
    counters.put(
        source,
        new Counter(
            counter.base(), counter.increment(), counter.next() + count * counter.increment()));
    return counter;
  }

  private Engine.Sequence look(String source) {
    IdSource parsed = IdSource.parseOrNull(source);
    if (parsed == null) {
      return null;
    }
    try {
      return database
          .engine()
          .sequenceOrNull(parsed.schema(), parsed.name(), parsed.columnOrNull());
    } catch (SQLException e) {
      if (database.engine().kindOf(e) != Engine.FailureKind.FATAL) {
        return null; // any client may name what does not exist
      }
      throw new DatabaseBroken("a sequence cannot be looked up", e);
    }
  }

  /** Definitions may have dropped sequences, or set them to other values. */
  void forgetChanged() {
    for (Map.Entry<String, Counter> each : new TreeMap<>(counters).entrySet()) {
      Engine.Sequence now = look(each.getKey());
      if (now == null
          || now.base() != each.getValue().base()
          || now.increment() != each.getValue().increment()) {
        counters.remove(each.getKey());
      }
    }
  }

  /** What the counters are, to return to it. */
  Map<String, Counter> copy() {
    return new TreeMap<>(counters);
  }

  void returnTo(Map<String, Counter> copy) {
    counters.clear();
    counters.putAll(copy);
  }
}
