package dev.lockstep.systemtests;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Somebody who does the same bad thing again and again, on threads of his own, until told. */
final class Attack implements AutoCloseable {
  /** One round; how it ends does not matter. */
  interface Round {
    void play() throws Exception;
  }

  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicLong rounds = new AtomicLong();
  private final List<Thread> threads = new ArrayList<>();
  private final Closeable connections;
  private volatile Exception last;

  private Attack(Closeable connections) {
    this.connections = connections;
  }

  /**
   * @param connections closed at the end, which frees who is stuck in writing to them
   */
  static Attack start(List<Round> each, Closeable connections) {
    Attack attack = new Attack(connections);
    for (Round round : each) {
      Thread thread = new Thread(() -> attack.run(round), "attack");
      thread.setDaemon(true);
      attack.threads.add(thread);
      thread.start();
    }
    return attack;
  }

  private void run(Round round) {
    while (running.get()) {
      try {
        round.play();
      } catch (InterruptedException e) {
        return;
      } catch (Exception e) {
        last = e; // being thrown out is what an attacker has to expect
        LockSupport.parkNanos(1_000_000);
      }
      rounds.incrementAndGet();
    }
  }

  /** How often it was tried, and how that ended the last time it was not well. */
  String summary() {
    return rounds.get() + " rounds" + (last == null ? "" : ", last ended with " + last);
  }

  @Override
  public void close() {
    running.set(false);
    threads.forEach(Thread::interrupt);
    try {
      connections.close();
    } catch (IOException e) {
      last = e;
    }
    try {
      for (Thread thread : threads) {
        thread.join(15_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
