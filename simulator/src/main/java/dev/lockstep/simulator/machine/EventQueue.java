package dev.lockstep.simulator.machine;

import java.util.Arrays;

/**
 * A binary heap of events by time; events of the same time keep the order in which they were added,
 * which makes a run repeatable.
 */
public final class EventQueue {
  /** Something that happens at a time. */
  public interface Event {
    void happen();
  }

  private long[] times = new long[1024];
  private long[] orders = new long[1024];
  private Event[] events = new Event[1024];
  private int size;
  private long nextOrder;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  long nextTime() {
    return size == 0 ? Long.MAX_VALUE : times[0];
  }

  void add(long time, Event event) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      orders = Arrays.copyOf(orders, size * 2);
      events = Arrays.copyOf(events, size * 2);
    }
    // The newest order is the highest, so only the time decides on the way up.
    int hole = size++;
    while (hole > 0) {
      int parent = (hole - 1) >>> 1;
      if (times[parent] <= time) {
        break;
      }
      move(parent, hole);
      hole = parent;
    }
    times[hole] = time;
    orders[hole] = nextOrder++;
    events[hole] = event;
  }

  private void move(int from, int to) {
    times[to] = times[from];
    orders[to] = orders[from];
    events[to] = events[from];
  }

  /** Removes the first event; the queue must not be empty. */
  Event poll() {
    Event first = events[0];
    int last = --size;
    long time = times[last];
    long order = orders[last];
    Event event = events[last];
    events[last] = null;
    if (last > 0) {
      int hole = 0;
      int half = last >>> 1;
      while (hole < half) {
        int child = 2 * hole + 1;
        int right = child + 1;
        if (right < last && isBefore(right, child)) {
          child = right;
        }
        if (time < times[child] || (time == times[child] && order < orders[child])) {
          break;
        }
        move(child, hole);
        hole = child;
      }
      times[hole] = time;
      orders[hole] = order;
      events[hole] = event;
    }
    return first;
  }

  private boolean isBefore(int a, int b) {
    return times[a] < times[b] || (times[a] == times[b] && orders[a] < orders[b]);
  }
}
