package dev.lockstep.sql.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What clients of a database asked and were answered, in the order in which it happened. */
public final class History {
  private final List<Event> events;

  /**
   * @throws IllegalArgumentException if the events contradict each other, with a sentence that says
   *     where
   */
  public History(List<Event> events) {
    this.events = List.copyOf(events);
    calls();
  }

  /** All events in their order. */
  public List<Event> events() {
    return events;
  }

  /** The calls, in the order of their invocations. */
  public List<Call> calls() {
    Map<Long, Event> open = new HashMap<>();
    Map<Long, Call> ended = new HashMap<>();
    List<Event> invocations = new ArrayList<>();
    long time = 0;
    for (Event event : events) {
      require(event.timeNanos() >= time, event, "is earlier than the one before it");
      time = event.timeNanos();
      if (event.type() == Outcome.INVOKE) {
        require(
            open.put(event.process(), event) == null, event, "begins before its process had ended");
        invocations.add(event);
      } else {
        Event invocation = open.get(event.process());
        require(invocation != null, event, "ends what its process has not begun");
        require(
            invocation.operation().name().equals(event.operation().name()),
            event,
            "ends another operation than its process had begun");
        boolean unknown = event.type() == Outcome.INFO;
        // Whoever does not know the outcome has that transaction under way for ever.
        if (!unknown) {
          open.remove(event.process());
        }
        ended.put(
            invocation.index(),
            new Call(
                event.process(),
                event.type() == Outcome.OK ? event.operation() : invocation.operation(),
                event.type(),
                invocation.index(),
                unknown ? Call.NEVER : event.index()));
      }
    }
    List<Call> calls = new ArrayList<>();
    for (Event event : invocations) {
      Call call = ended.get(event.index());
      calls.add(
          call != null
              ? call
              : new Call(
                  event.process(), event.operation(), Outcome.INFO, event.index(), Call.NEVER));
    }
    return calls;
  }

  private static void require(boolean holds, Event event, String what) {
    if (!holds) {
      throw new IllegalArgumentException("Event " + event.index() + " of the history " + what);
    }
  }
}
