package dev.lockstep.replica;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Work of many, who are served in turn: whoever has more to do than others waits for itself. Not
 * thread-safe.
 *
 * @param <K> for whom it is done
 * @param <V> what is to be done
 */
final class Turns<K, V> {
  /** In the order in which they are served; without empty ones. */
  private final Map<K, ArrayDeque<V>> waiting = new LinkedHashMap<>();

  void add(K whose, V work) {
    waiting.computeIfAbsent(whose, any -> new ArrayDeque<>()).add(work);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The next of whoever was served longest ago; null if there is nothing. */
  V poll() {
    if (waiting.isEmpty()) {
      return null;
    }
    K whose = waiting.keySet().iterator().next();
    ArrayDeque<V> its = waiting.remove(whose);
    V next = its.poll();
    if (!its.isEmpty()) {
      waiting.put(whose, its);
    }
    return next;
  }
}
