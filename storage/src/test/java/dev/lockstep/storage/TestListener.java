package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.concurrent.TimeUnit;

/** Collects what a log reports and checks that it is in order. */
final class TestListener implements LogListener {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private long durable;
  private int calls;
  private Throwable failure;

  @Override
  public synchronized void onDurable(long ticket) {
    assertThat(ticket).isGreaterThan(durable);
    assertThat(failure).isNull();
    durable = ticket;
    calls++;
    notifyAll();
  }

  @Override
  public synchronized void onFailure(Throwable cause) {
    assertThat(failure).isNull();
    failure = cause;
    notifyAll();
  }

  synchronized long durable() {
    return durable;
  }

  synchronized int calls() {
    return calls;
  }

  synchronized Throwable failure() {
    return failure;
  }

  synchronized void awaitDurable(long ticket) throws InterruptedException {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (durable < ticket) {
      if (failure != null) {
        throw new AssertionError("the log failed", failure);
      }
      await(deadline, "not durable: " + ticket);
    }
  }

  /** Returns when something was reported, or after so many milliseconds. */
  synchronized void awaitChange(long millis) throws InterruptedException {
    wait(millis);
  }

  synchronized Throwable awaitFailure() throws InterruptedException {
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    while (failure == null) {
      await(deadline, "no failure");
    }
    return failure;
  }

  private void await(long deadline, String otherwise) throws InterruptedException {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      fail(otherwise);
    }
    wait(left);
  }
}
