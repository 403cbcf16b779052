package dev.lockstep.protocol.state;

import java.util.List;
import java.util.function.Consumer;

/**
 * Something about each of the last sequences of a session, at most {@code window} of them. Grows as
 * it fills, because most sessions are short. Invariant: holds {@code (last - count, last]}.
 */
final class Recent<T> {
  private final int window;
  private Object[] ring = new Object[1];
  private long last;
  private int count;

  Recent(int window) {
    this.window = Math.max(1, window);
  }

  /**
   * Holds {@code values} for the sequences up to {@code last}, and nothing else.
   *
   * @param values at most {@code window} and at most {@code last}
   */
  static <T> Recent<T> of(int window, long last, List<T> values) {
    Recent<T> recent = new Recent<>(window);
    recent.ring = new Object[Math.max(1, values.size())];
    recent.last = last;
    recent.count = values.size();
    for (int i = 0; i < values.size(); i++) {
      recent.put(recent.first() + i, values.get(i), recent.ring);
    }
    return recent;
  }

  /** The highest sequence added, 0 before the first. */
  long last() {
    return last;
  }

  /** The lowest sequence held; above {@link #last} when nothing is. */
  long first() {
    return last - count + 1;
  }

  /** What is held for the sequence, or null. */
  T get(long sequence) {
    return sequence > last || sequence < first() ? null : at(sequence, ring);
  }

  /**
   * Adds the sequence after the last one.
   *
   * @param dropped takes what falls out of the window
   */
  void add(long sequence, T value, Consumer<T> dropped) {
    // Sequences come one by one (RULES 10). Only the simulator's mutants of that rule come here
    // with
    // others; they shall be found by its checkers and not by a crash, so any sequence has a
    // meaning.
    if (sequence <= last) {
      if (sequence >= first()) {
        dropped.accept(at(sequence, ring));
        put(sequence, value, ring);
      } else {
        dropped.accept(value);
      }
      return;
    }
    if (sequence > last + 1) {
      for (long skipped = first(); skipped <= last; skipped++) {
        dropped.accept(at(skipped, ring));
      }
      count = 0;
    }
    if (count == window) {
      dropped.accept(at(first(), ring));
      count--;
    } else if (count == ring.length) {
      Object[] larger = new Object[Math.min(window, 2 * count)];
      for (long held = first(); held <= last; held++) {
        put(held, at(held, ring), larger);
      }
      ring = larger;
    }
    put(sequence, value, ring);
    last = sequence;
    count++;
  }

  @SuppressWarnings("unchecked") // only put() stores, and it takes a T
  private T at(long sequence, Object[] slots) {
    return (T) slots[(int) (sequence % slots.length)];
  }

  private void put(long sequence, T value, Object[] slots) {
    slots[(int) (sequence % slots.length)] = value;
  }
}
