package dev.lockstep.histories;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Tries to show that the history of one register is linearizable with the order that the group
 * agreed on: operations in the order of the log, and each read in the earliest place where it fits.
 * That takes no search. If it fails, the history may still be linearizable in another way.
 */
final class LogWitness {
  /** Of each operation of the log, by its place in it. */
  private final List<LinearizabilitySearch.Operation> ordered = new ArrayList<>();

  private final List<LinearizabilitySearch.Operation> reads = new ArrayList<>();

  /** The register's value before the first operation of the log, after it, after the second, ... */
  private long[] values;

  /**
   * An operation that changes the register, in the order of the log. Of unknown outcome are those
   * that the log has; the others had no effect.
   */
  void addOrdered(LinearizabilitySearch.Operation operation) {
    ordered.add(operation);
  }

  void addRead(LinearizabilitySearch.Operation read) {
    reads.add(read);
  }

  boolean isLinearizable() {
    return hasRightResults() && isInRealTimeOrder() && allReadsFit();
  }

  private boolean hasRightResults() {
    values = new long[ordered.size() + 1];
    for (int i = 0; i < ordered.size(); i++) {
      LinearizabilitySearch.Operation each = ordered.get(i);
      if (each.result().isPresent()
          && each.result().getAsLong() != KvModel.answer(each.operation(), values[i])) {
        return false;
      }
      values[i + 1] = KvModel.after(each.operation(), values[i]);
    }
    return true;
  }

  /** Nothing is placed behind what began only after its end. */
  private boolean isInRealTimeOrder() {
    long earliestEnd = Long.MAX_VALUE;
    for (int i = ordered.size() - 1; i >= 0; i--) {
      if (earliestEnd < ordered.get(i).start()) {
        return false;
      }
      earliestEnd = Math.min(earliestEnd, ordered.get(i).end());
    }
    return true;
  }

  private boolean allReadsFit() {
    reads.sort(Comparator.comparingLong(LinearizabilitySearch.Operation::start));
    int[] places = new int[reads.size()];
    for (int i = 0; i < places.length; i++) {
      LinearizabilitySearch.Operation read = reads.get(i);
      int first = 0;
      int last = ordered.size();
      for (int k = 0; k < ordered.size(); k++) {
        if (ordered.get(k).end() < read.start()) {
          first = k + 1;
        }
        if (ordered.get(k).start() > read.end()) {
          last = Math.min(last, k);
        }
      }
      for (int k = 0; k < i; k++) {
        if (reads.get(k).end() < read.start()) {
          first = Math.max(first, places[k]);
        }
      }
      // The earliest place is the best: it hinders those that come later the least.
      while (first <= last && !isAnsweredAt(first, read)) {
        first++;
      }
      if (first > last) {
        return false;
      }
      places[i] = first;
    }
    return true;
  }

  private boolean isAnsweredAt(int place, LinearizabilitySearch.Operation read) {
    return read.result().isEmpty()
        || read.result().getAsLong() == KvModel.answer(read.operation(), values[place]);
  }
}
