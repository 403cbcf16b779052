package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Log lines about what others do wrong, at most one for each kind of event in ten seconds:
 * strangers must not be able to fill a disk. All of them are counted. Safe for any thread.
 */
final class Complaints {
  private static final long PAUSE_NANOS = 10_000_000_000L;

  private final Logger log;
  private final String owner;
  private final NetworkCounters counters;
  private final Map<Event, Long> last = new EnumMap<>(Event.class);

  Complaints(Logger log, String owner, NetworkCounters counters) {
    this.log = log;
    this.owner = owner;
    this.counters = counters;
  }

  /**
   * Counts an event, and warns of it when there was no such warning lately.
   *
   * @param who the other end
   * @param what what it did, the rest of a sentence that begins with {@code who}
   */
  void count(Event event, int replica, Object who, String what) {
    counters.count(event, replica);
    if (mayWarn(event)) {
      log.warn(
          "{}: {} {} ({} {} so far)",
          owner,
          who,
          what,
          counters.total(event),
          event.name().toLowerCase(Locale.ROOT).replace('_', ' '));
    } else {
      log.debug("{}: {} {}", owner, who, what);
    }
  }

  private synchronized boolean mayWarn(Event event) {
    long now = System.nanoTime();
    Long before = last.get(event);
    if (before != null && now - before < PAUSE_NANOS) {
      return false;
    }
    last.put(event, now);
    return true;
  }
}
