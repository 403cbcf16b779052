package dev.lockstep.storage;

import dev.lockstep.protocol.record.Record;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * What the owner of a log, the log's own thread and whoever truncates share: what was handed over,
 * written, forced and confirmed. Each method is one step under one lock, and none does I/O. Any
 * thread; only the log's own waits.
 */
final class LogMonitor {
  /** A record that was handed over; tickets ascend. */
  record Item(long ticket, Record record) {}

  /** What was written and not forced until some moment. */
  record Written(List<Segment> segments, boolean names, long ticket, long ordinal) {}

  /** A wish to drop what belongs to instances below; {@code done} is told what came of it. */
  record Truncation(long below, CompletableFuture<Void> done) {}

  /** What the thread that forces in the background does next. */
  enum Step {
    /** Nothing has to be forced. */
    LOOK,
    FORCE,
    /** The log is being closed. */
    FORCE_AND_END,
    /** The log has failed. */
    END
  }

  private final long unforcedMost;

  private List<Item> queue = new ArrayList<>();

  /** Segments that were written to since the last force. */
  private final Set<Segment> dirty = new LinkedHashSet<>();

  /** A segment was begun since the last force: the directory must be synced too. */
  private boolean namesDirty;

  private long writtenTicket;
  private long writtenOrdinal;
  private long writtenBytes;
  private long forcedBytes;

  /** Tickets of records that must be synced before they or what follows may be confirmed. */
  private final ArrayDeque<Long> barriers = new ArrayDeque<>();

  /** Highest ticket that may be told to be durable. */
  private long confirmed;

  /** Instance below which is to be dropped, or 0. */
  private long truncateBelow;

  private CompletableFuture<Void> truncated = new CompletableFuture<>();
  private boolean closing;
  private Throwable failure;

  /**
   * @param ordinal of the last record that is on the disk
   * @param unforcedMost bytes that may be written and not forced before the log's thread is woken
   */
  LogMonitor(long ordinal, long unforcedMost) {
    writtenOrdinal = ordinal;
    this.unforcedMost = unforcedMost;
  }

  synchronized long confirmed() {
    return confirmed;
  }

  /** The failure that ended the log, or null. */
  synchronized Throwable failure() {
    return failure;
  }

  /** Notes a failure; nothing is confirmed from now on. Returns whether it is the first. */
  synchronized boolean fail(Throwable cause) {
    if (failure != null) {
      return false;
    }
    failure = cause;
    queue = new ArrayList<>();
    truncated.completeExceptionally(cause);
    notifyAll();
    return true;
  }

  /** The log is to end. Returns whether that is new. */
  synchronized boolean close() {
    boolean first = !closing;
    closing = true;
    notifyAll();
    return first;
  }

  /** Queues items for the log's thread. Returns what is confirmed by now. */
  synchronized long enqueue(List<Item> items) {
    if (failure == null) {
      if (queue.isEmpty()) {
        queue = items;
        notifyAll();
      } else {
        queue.addAll(items);
      }
    }
    return confirmed;
  }

  /**
   * Waits for items.
   *
   * @param forceAtNanos when at the latest something has to be forced, or 0 if nothing has to be
   * @return what is queued; nothing if it is time to force or to truncate; null at the end
   */
  synchronized List<Item> awaitItems(long forceAtNanos) throws InterruptedException {
    while (queue.isEmpty() && !closing && truncateBelow == 0 && failure == null) {
      if (forceAtNanos == 0) {
        wait();
      } else {
        long left = forceAtNanos - System.nanoTime();
        if (left <= 0) {
          break;
        }
        wait(TimeUnit.NANOSECONDS.toMillis(left) + 1);
      }
    }
    if (failure != null || queue.isEmpty() && closing) {
      return null;
    }
    List<Item> items = queue;
    queue = new ArrayList<>();
    return items;
  }

  /** Waits until something has to be forced or truncated, for so long at most. */
  synchronized Step awaitForce(long millis, boolean forcesAll) throws InterruptedException {
    if (barriers.isEmpty()
        && !isMuchUnforced()
        && truncateBelow == 0
        && !closing
        && failure == null) {
      wait(millis);
    }
    if (failure != null) {
      return Step.END;
    } else if (closing) {
      return Step.FORCE_AND_END;
    }
    return !barriers.isEmpty() || forcesAll && !dirty.isEmpty() ? Step.FORCE : Step.LOOK;
  }

  private boolean isMuchUnforced() {
    return writtenBytes - forcedBytes > unforcedMost;
  }

  /** A segment was begun, and its name is not on the disk yet. */
  synchronized void begun(Segment segment) {
    namesDirty = true;
    dirty.add(segment);
  }

  synchronized void touched(Segment segment) {
    dirty.add(segment);
  }

  /** Everything up to this ticket and ordinal was written; to be forced before it counts. */
  synchronized void written(long ticket, long ordinal) {
    writtenTicket = ticket;
    writtenOrdinal = ordinal;
  }

  /**
   * These were written, and count unless they have to be synced, or come behind what has to be.
   * Returns what is confirmed by now.
   */
  synchronized long writtenAndCounts(List<Item> items, long ordinal, long bytes) {
    for (Item item : items) {
      if (item.record.alwaysSynced()) {
        barriers.add(item.ticket);
      }
    }
    writtenTicket = items.get(items.size() - 1).ticket;
    writtenOrdinal = ordinal;
    writtenBytes = bytes;
    if (!barriers.isEmpty() || isMuchUnforced()) {
      notifyAll();
    }
    confirmBeforeBarrier();
    return confirmed;
  }

  /** Everything written below the first record that still has to be synced. */
  private void confirmBeforeBarrier() {
    if (failure == null) {
      confirmed = Math.max(confirmed, barriers.isEmpty() ? writtenTicket : barriers.peek() - 1);
    }
  }

  /** What is to be forced now: from here on it counts as forced, unless that fails the log. */
  synchronized Written takeWritten() {
    List<Segment> segments = new ArrayList<>(dirty);
    dirty.clear();
    boolean names = namesDirty;
    namesDirty = false;
    forcedBytes = writtenBytes;
    return new Written(segments, names, writtenTicket, writtenOrdinal);
  }

  /** Everything up to this ticket is on the disk. Returns what is confirmed now, 0 if no more. */
  synchronized long confirmForced(long ticket) {
    long before = confirmed;
    if (failure == null) {
      confirmed = ticket;
    }
    return confirmed > before ? confirmed : 0;
  }

  /** As {@link #confirmForced}, where what was written counts up to the next barrier. */
  synchronized long confirmForcedBarriers(long ticket) {
    while (!barriers.isEmpty() && barriers.peek() <= ticket) {
      barriers.poll();
    }
    long before = confirmed;
    confirmBeforeBarrier();
    return confirmed > before ? confirmed : 0;
  }

  /** Asks for a truncation; completes when the files are gone. */
  synchronized CompletableFuture<Void> wantTruncation(long below) {
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    truncateBelow = Math.max(truncateBelow, below);
    notifyAll();
    return truncated;
  }

  /** The truncation that is wanted, or null; it is wanted no more. */
  synchronized Truncation takeTruncation() {
    if (truncateBelow == 0) {
      return null;
    }
    Truncation taken = new Truncation(truncateBelow, truncated);
    truncateBelow = 0;
    truncated = new CompletableFuture<>();
    return taken;
  }
}
