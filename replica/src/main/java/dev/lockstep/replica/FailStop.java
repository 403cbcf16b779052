package dev.lockstep.replica;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Dead is dead: the first thing that must not happen, on whichever thread of a replica, ends all of
 * it. A replica of which one thread is gone would look as if it took part, and count as correct;
 * one that stopped is one of the f that may fail.
 *
 * <p>From the moment of {@link #stop} the core is fed nothing and nothing leaves ({@link
 * ProtocolLoop}). What else there is to do, and what others do when they hear of it, runs on a
 * thread that waits for this from the start: there may be no memory for a new one. Any thread.
 */
final class FailStop {
  private static final Logger LOG = LoggerFactory.getLogger(FailStop.class);
  static final String CLOSED = "closed";

  private final int self;
  private final AtomicReference<String> reason = new AtomicReference<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CompletableFuture<String> stopped = new CompletableFuture<>();
  private final Set<Thread> own = ConcurrentHashMap.newKeySet();

  /**
   * @param silence closes the replica's connections; runs when it has failed
   */
  FailStop(int self, Runnable silence) {
    this.self = self;
    Thread witness = new Thread(() -> witness(silence), "lockstep-" + self + "-end");
    // Whoever forgets to close a replica is held by its other threads.
    witness.setDaemon(true);
    witness.start();
  }

  private void witness(Runnable silence) {
    try {
      ended.await();
      if (!CLOSED.equals(reason.get())) {
        silence.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopped.complete(reason.get());
    }
  }

  /** Why it stopped, or null. */
  String reasonOrNull() {
    return reason.get();
  }

  boolean hasStopped() {
    return reason.get() != null;
  }

  /** Completes with the reason when it has stopped, on a thread that may wait for anything. */
  CompletableFuture<String> stopped() {
    return stopped;
  }

  /** The replica must not go on. Only the first reason counts. */
  void stop(String why) {
    if (reason.compareAndSet(null, why)) {
      ended.countDown();
      LOG.error("replica {} stops: {}", self, why);
    }
  }

  /** Something was thrown that nobody answers for. */
  void failed(Throwable e) {
    if (hasStopped()) {
      return;
    }
    String thread = Thread.currentThread().getName();
    try {
      stop("internal error on " + thread + ": " + e);
      LOG.error("replica {}: internal error on {}", self, thread, e);
    } finally {
      // Where there is no memory for words.
      stop("internal error");
    }
  }

  /** The replica is closed by its owner. */
  void closed() {
    if (reason.compareAndSet(null, CLOSED)) {
      ended.countDown();
    }
  }

  /** Makes the threads of the replica: whatever ends one of them ends all. */
  ThreadFactory threads(String name) {
    return new DefaultThreadFactory(name) {
      @Override
      protected Thread newThread(Runnable task, String numbered) {
        Thread thread = super.newThread(task, numbered);
        thread.setUncaughtExceptionHandler((dead, e) -> failed(e));
        own.add(thread);
        return thread;
      }
    };
  }

  /** Whether this is one of the threads that would have to end for the replica to be closed. */
  boolean isOwn(Thread thread) {
    return own.contains(thread);
  }
}
