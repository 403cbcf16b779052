package dev.lockstep.fabric.deliver;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Bytes that all streams together may have on their way to clients that read slowly. When it is
 * spent, streams wait for one another; then whoever has held his share for long without reading
 * loses his stream. Thread-safe.
 */
public final class Budget {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final long limitBytes;
  private final Map<Holder, Share> shares = new LinkedHashMap<>();
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private long heldBytes;

  /** Whoever holds a share of it. */
  interface Holder {
    /** Others wait, and this one has read nothing for long: its stream must end. */
    void onTooSlow();
  }

  private record Share(long bytes, long sinceNanos) {}

  public Budget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** Bytes that are held now. */
  public synchronized long heldBytes() {
    return heldBytes;
  }

  /**
   * Takes a share for a holder that has none.
   *
   * @param whenFree called, on another thread, when it is worth to try again
   * @return whether there was room; one share always fits, however large
   */
  boolean take(Holder holder, long bytes, Runnable whenFree) {
    Holder slow = null;
    synchronized (this) {
      if (heldBytes == 0 || heldBytes + bytes <= limitBytes) {
        heldBytes += bytes;
        shares.put(holder, new Share(bytes, System.nanoTime()));
        return true;
      }
      waiting.add(whenFree);
      Map.Entry<Holder, Share> oldest = shares.entrySet().iterator().next();
      if (System.nanoTime() - oldest.getValue().sinceNanos > PATIENCE_NANOS) {
        slow = oldest.getKey();
      }
    }
    if (slow != null) {
      slow.onTooSlow();
    }
    return false;
  }

  /** Gives the holder's share back, if it has one. */
  void giveBack(Holder holder) {
    Runnable next = null;
    synchronized (this) {
      Share share = shares.remove(holder);
      if (share == null) {
        return;
      }
      heldBytes -= share.bytes;
      next = waiting.poll();
    }
    if (next != null) {
      next.run();
    }
  }

  /** Called now and then: lets one of those who wait try, which also finds who is too slow. */
  void tick() {
    Runnable next;
    synchronized (this) {
      next = waiting.poll();
    }
    if (next != null) {
      next.run();
    }
  }
}
