package dev.lockstep.benchmarks;

import dev.lockstep.api.Invoker;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

/**
 * Calls start by the clock, clients in turn. A latency counts from when the call was to start, so
 * that what had to wait because something was slow counts as slow (no coordinated omission).
 */
final class OpenLoop implements LoadGenerator {
  /** Calls outstanding at a time; beyond that they wait, and their latency runs. */
  static final int MOST_CALLS = 20_000;

  private static final long TICK_NANOS = 500_000;
  private static final long SECOND = 1_000_000_000L;

  private final List<Invoker> invokers;
  private final BenchOptions.Load load;
  private final byte[] operation;
  private final Meter meter;
  private final Semaphore room = new Semaphore(MOST_CALLS);
  private final Thread pacer = new Thread(this::pace, "bench-pacer");
  private volatile boolean stopping;

  OpenLoop(Clients clients, BenchOptions.Load load, byte[] operation, Meter meter) {
    this.invokers = clients.invokers();
    this.load = load;
    this.operation = operation;
    this.meter = meter;
    pacer.setDaemon(true);
  }

  @Override
  public void start() {
    pacer.start();
  }

  private void pace() {
    long begin = System.nanoTime();
    long calls = 0;
    try {
      while (!stopping) {
        long due = (long) ((System.nanoTime() - begin) / (double) SECOND * load.rate());
        for (; calls < due && !stopping; calls++) {
          if (!room.tryAcquire(100, TimeUnit.MILLISECONDS)) {
            break;
          }
          long intended = begin + (long) (calls / (double) load.rate() * SECOND);
          call(invokers.get((int) (calls % invokers.size())), intended);
        }
        LockSupport.parkNanos(TICK_NANOS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void call(Invoker invoker, long intended) {
    CompletableFuture<byte[]> reply =
        load.unordered()
            ? invoker.invokeUnorderedAsync(operation)
            : invoker.invokeOrderedAsync(operation);
    reply.whenComplete(new Outstanding(intended));
  }

  @Override
  public int stop() throws InterruptedException {
    stopping = true;
    pacer.join();
    if (room.tryAcquire(MOST_CALLS, STOP_SECONDS, TimeUnit.SECONDS)) {
      return 0;
    }
    return MOST_CALLS - room.availablePermits();
  }

  private final class Outstanding implements BiConsumer<byte[], Throwable> {
    private final long intended;

    Outstanding(long intended) {
      this.intended = intended;
    }

    @Override
    public void accept(byte[] reply, Throwable failure) {
      if (failure != null) {
        meter.failed(failure);
      } else if (reply.length != load.replyBytes()) {
        meter.failed("wrong_reply");
      } else {
        meter.done(System.nanoTime() - intended);
      }
      room.release();
    }
  }
}
