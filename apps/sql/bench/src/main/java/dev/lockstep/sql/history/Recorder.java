package dev.lockstep.sql.history;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Notes a history while it happens. Safe for any number of threads. */
public final class Recorder {
  private final List<Event> events = new ArrayList<>();
  private final AtomicLong processes = new AtomicLong();
  private final long begin = System.nanoTime();

  /** A process that has not been in this history yet. */
  public long newProcess() {
    return processes.getAndIncrement();
  }

  /** Before the database is asked for anything, and once the outcome is known. */
  public synchronized void note(long process, Outcome type, Operation operation) {
    // Read under the lock, so that the order of the events is that of their times.
    long now = System.nanoTime() - begin;
    events.add(new Event(events.size(), process, type, operation, now));
  }

  /** What happened so far. */
  public synchronized History history() {
    return new History(events);
  }
}
