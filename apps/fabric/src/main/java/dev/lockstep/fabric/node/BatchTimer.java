package dev.lockstep.fabric.node;

import dev.lockstep.api.Invoker;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the group to look for overdue batches when this node believes that one is. Any node may ask,
 * as often as it likes: the group cuts a batch only when its own time says so. The leader's node
 * asks first and the others a little later, one after the other, so that usually one question is
 * enough. Thread-safe.
 */
final class BatchTimer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchTimer.class);
  private static final long STAGGER_MICROS = 100_000;

  private final int self;
  private final int nodes;
  private final ScheduledExecutorService executor;

  /** When the batch of a channel is due, if one waits. Guarded by this, as what follows. */
  private final Map<String, Long> dueNanos = new HashMap<>();

  private Invoker groupOrNull;
  private boolean scheduled;
  private long nextLookNanos;
  private boolean asking;
  private boolean closed;

  BatchTimer(int self, int nodes, ScheduledExecutorService executor) {
    this.self = self;
    this.nodes = nodes;
    this.executor = executor;
  }

  /**
   * Begins to ask: also for what began to wait before, since a node that starts again executes
   * again what it executed before.
   *
   * @param group with an identity of this node's own
   */
  synchronized void start(Invoker group) {
    groupOrNull = group;
    if (!dueNanos.isEmpty()) {
      schedule(0);
    }
  }

  /**
   * A batch has begun to wait.
   *
   * @param dueMicros from now
   * @param leader of the regency in which its first message was ordered
   */
  synchronized void onWaiting(String channel, long dueMicros, int leader) {
    long rank = Math.floorMod(self - leader, nodes);
    long micros = Math.max(0, dueMicros) + rank * STAGGER_MICROS;
    dueNanos.put(channel, System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros));
    schedule(micros);
  }

  /** None waits any more. */
  synchronized void onCut(String channel) {
    dueNanos.remove(channel);
  }

  /** Looks after so long, unless it looks earlier anyway. */
  private void schedule(long micros) {
    long look = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
    if (closed || groupOrNull == null || (scheduled && look - nextLookNanos >= 0)) {
      return;
    }
    scheduled = true;
    nextLookNanos = look;
    executor.schedule(this::look, micros, TimeUnit.MICROSECONDS);
  }

  private synchronized void look() {
    scheduled = false;
    if (dueNanos.isEmpty() || asking || closed) {
      return;
    }
    long now = System.nanoTime();
    long left = dueNanos.values().stream().mapToLong(due -> due - now).min().getAsLong();
    if (left > 0) {
      schedule(TimeUnit.NANOSECONDS.toMicros(left) + 1);
      return;
    }
    asking = true;
    groupOrNull.invokeOrderedAsync(Commands.tick()).whenComplete(this::onAnswer);
  }

  /** What was due is cut now, unless the group's time is behind ours, or nobody answered. */
  private synchronized void onAnswer(byte[] reply, Throwable failure) {
    if (failure != null) {
      LOG.debug("node {}: nobody looked for overdue batches: {}", self, failure.toString());
    }
    asking = false;
    schedule(STAGGER_MICROS / 4);
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
