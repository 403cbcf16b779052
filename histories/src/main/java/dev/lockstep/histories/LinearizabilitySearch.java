package dev.lockstep.histories;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Decides whether the history of one register is linearizable: the search of Wing and Gong with the
 * memory of Lowe, which never visits the same (set of placed operations, register value) twice.
 *
 * <p>An operation can be placed next when it started before the first unplaced completed operation
 * ended. Operations of unknown outcome need not be placed, so they are tried last, and only where
 * they change the register.
 */
final class LinearizabilitySearch {
  /** What the search found. */
  enum Verdict {
    LINEARIZABLE,
    NOT_LINEARIZABLE,
    /** The search ran out of steps. */
    UNKNOWN
  }

  /**
   * @param start when it was called; moments are distinct
   * @param end when it returned, or {@code Long.MAX_VALUE} when its outcome is unknown
   * @param result the number that it returned; empty if it returned without telling one
   */
  record Operation(KvOperation operation, long start, long end, OptionalLong result) {
    boolean isUnknown() {
      return end == Long.MAX_VALUE;
    }
  }

  /** A set of placed operations and the value of the register after them. */
  private static final class Seen {
    private final long[] placed;
    private final long value;
    private final int hash;

    Seen(long[] placed, long value) {
      this.placed = placed;
      this.value = value;
      hash = 31 * Arrays.hashCode(placed) + Long.hashCode(value);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Seen that
          && value == that.value
          && Arrays.equals(placed, that.placed);
    }
  }

  /** Completed operations by start, then those of unknown outcome by start. */
  private final Operation[] operations;

  private final int completed;
  private final long maxSteps;
  private long steps;

  private final long[] placed;
  private final Set<Seen> seen = new HashSet<>();

  /** Completed operations that are not placed, as a doubly linked list through their indices. */
  private final int[] next;

  private final int[] previous;
  private int furthestPlaced = -1;
  private List<Operation> furthest = List.of();

  LinearizabilitySearch(List<Operation> history, long maxSteps) {
    this.maxSteps = maxSteps;
    List<Operation> sorted = new ArrayList<>(history);
    sorted.sort(Comparator.comparing(Operation::isUnknown).thenComparingLong(Operation::start));
    operations = sorted.toArray(new Operation[0]);
    int known = 0;
    while (known < operations.length && !operations[known].isUnknown()) {
      known++;
    }
    completed = known;
    placed = new long[(operations.length + 63) / 64];
    // Index "completed" is the list's head and end.
    next = new int[completed + 1];
    previous = new int[completed + 1];
    for (int i = 0; i <= completed; i++) {
      next[i] = i == completed ? 0 : i + 1;
      previous[i] = i == 0 ? completed : i - 1;
    }
  }

  long steps() {
    return steps;
  }

  /** After a failure: the operations of which one would have had to come next, at the deepest. */
  List<Operation> furthest() {
    return furthest;
  }

  Verdict run() {
    // The path of the search: what was placed, and the value before it.
    int[] path = new int[operations.length];
    long[] before = new long[operations.length];
    int depth = 0;
    int placedCompleted = 0;
    long value = 0;
    long horizon = horizon();
    int candidate = first(horizon);
    while (placedCompleted < completed) {
      if (candidate < 0) {
        noteFurthest(placedCompleted, horizon);
        if (depth == 0) {
          return Verdict.NOT_LINEARIZABLE;
        }
        depth--;
        int undone = path[depth];
        value = before[depth];
        unplace(undone);
        placedCompleted -= undone < completed ? 1 : 0;
        horizon = horizon();
        candidate = after(undone, horizon);
        continue;
      }
      if (++steps > maxSteps) {
        return Verdict.UNKNOWN;
      }
      Operation operation = operations[candidate];
      long then = KvModel.after(operation.operation, value);
      boolean fits =
          operation.isUnknown()
              ? then != value
              : operation.result.isEmpty()
                  || KvModel.answer(operation.operation, value) == operation.result.getAsLong();
      if (fits) {
        place(candidate);
        if (seen.add(new Seen(key(), then))) {
          path[depth] = candidate;
          before[depth] = value;
          depth++;
          placedCompleted += candidate < completed ? 1 : 0;
          value = then;
          horizon = horizon();
          candidate = first(horizon);
          continue;
        }
        unplace(candidate);
      }
      candidate = after(candidate, horizon);
    }
    return Verdict.LINEARIZABLE;
  }

  /** When the first unplaced completed operation ended: nothing that started later can be next. */
  private long horizon() {
    long horizon = Long.MAX_VALUE;
    // Starts ascend, so only operations that overlap with the earliest end are looked at.
    for (int i = next[completed]; i != completed && operations[i].start < horizon; i = next[i]) {
      horizon = Math.min(horizon, operations[i].end);
    }
    return horizon;
  }

  /** First operation that may be next, or -1. */
  private int first(long horizon) {
    int i = next[completed];
    return i != completed && operations[i].start < horizon ? i : unknownFrom(completed, horizon);
  }

  /** The operation to try after {@code i}, or -1. */
  private int after(int i, long horizon) {
    if (i >= completed) {
      return unknownFrom(i + 1, horizon);
    }
    int n = next[i];
    return n != completed && operations[n].start < horizon ? n : unknownFrom(completed, horizon);
  }

  private int unknownFrom(int from, long horizon) {
    for (int i = from; i < operations.length && operations[i].start < horizon; i++) {
      if ((placed[i >>> 6] >>> i & 1) == 0) {
        return i;
      }
    }
    return -1;
  }

  private void place(int i) {
    placed[i >>> 6] |= 1L << i;
    if (i < completed) {
      next[previous[i]] = next[i];
      previous[next[i]] = previous[i];
    }
  }

  private void unplace(int i) {
    placed[i >>> 6] &= ~(1L << i);
    if (i < completed) {
      // Its own links are as they were: undoing happens in reverse order.
      next[previous[i]] = i;
      previous[next[i]] = i;
    }
  }

  /** The placed set without the words that are full because everything so long ago is placed. */
  private long[] key() {
    int from = 0;
    while (from < placed.length && placed[from] == -1L) {
      from++;
    }
    int to = placed.length;
    while (to > from && placed[to - 1] == 0) {
      to--;
    }
    long[] key = new long[to - from + 1];
    key[0] = from;
    System.arraycopy(placed, from, key, 1, to - from);
    return key;
  }

  private void noteFurthest(int placedCompleted, long horizon) {
    if (placedCompleted <= furthestPlaced) {
      return;
    }
    furthestPlaced = placedCompleted;
    furthest = new ArrayList<>();
    for (int i = next[completed]; i != completed && operations[i].start < horizon; i = next[i]) {
      furthest.add(operations[i]);
    }
  }
}
