package dev.lockstep.protocol.state;

import dev.lockstep.protocol.message.ClientId;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The OPENs that took effect and whose deadline has not passed, by identity and nonce (RULES 9). An
 * OPEN that is past its deadline has no effect, so there is no need to remember it longer.
 */
final class Opens<T> {
  record Key(ClientId client, long nonce) {}

  /**
   * @param deadlineMicros ordered time after which it is forgotten
   */
  record Entry<T>(Key key, long deadlineMicros, T value) {}

  private final Map<Key, Entry<T>> byKey = new HashMap<>();
  private final Map<ClientId, Integer> countByClient = new HashMap<>();
  private final TreeSet<Entry<T>> byDeadline =
      new TreeSet<>(
          Comparator.<Entry<T>>comparingLong(Entry::deadlineMicros)
              .thenComparing(entry -> entry.key.client)
              .thenComparingLong(entry -> entry.key.nonce));

  /** The order of {@link #entries}. */
  int compare(Entry<T> one, Entry<T> other) {
    return byDeadline.comparator().compare(one, other);
  }

  /** What is remembered, or null. */
  T get(ClientId client, long nonce) {
    Entry<T> entry = byKey.get(new Key(client, nonce));
    return entry == null ? null : entry.value;
  }

  /** Remembers one that is not known. */
  void add(ClientId client, long nonce, long deadlineMicros, T value) {
    store(new Entry<>(new Key(client, nonce), deadlineMicros, value));
    countByClient.merge(client, 1, Integer::sum);
  }

  /**
   * Remembers a known one at least until this deadline. A client may send its nonce again with a
   * later deadline; if that one outlived the entry, its replay would open a second session.
   */
  void extend(ClientId client, long nonce, long deadlineMicros) {
    Entry<T> known = byKey.get(new Key(client, nonce));
    if (known.deadlineMicros < deadlineMicros) {
      byDeadline.remove(known);
      store(new Entry<>(known.key, deadlineMicros, known.value));
    }
  }

  private void store(Entry<T> entry) {
    byKey.put(entry.key, entry);
    byDeadline.add(entry);
  }

  /** Forgets those whose deadline is past. */
  void forget(long timeMicros, Consumer<T> forgotten) {
    while (!byDeadline.isEmpty() && byDeadline.first().deadlineMicros < timeMicros) {
      Entry<T> entry = byDeadline.pollFirst();
      byKey.remove(entry.key);
      countByClient.computeIfPresent(
          entry.key.client, (client, count) -> count == 1 ? null : count - 1);
      forgotten.accept(entry.value);
    }
  }

  void clear() {
    byKey.clear();
    byDeadline.clear();
    countByClient.clear();
  }

  int count() {
    return byKey.size();
  }

  int count(ClientId client) {
    return countByClient.getOrDefault(client, 0);
  }

  /** By deadline, identity and nonce: an order that depends on nothing but the content. */
  Collection<Entry<T>> entries() {
    return Collections.unmodifiableCollection(byDeadline);
  }
}
