package dev.lockstep.benchmarks;

import dev.lockstep.api.Invoker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** Each client makes a call when an earlier one is done. Nothing is allocated for each call. */
final class ClosedLoop implements LoadGenerator {
  /** A client whose call failed waits so long, so that failures make no storm. */
  private static final int PAUSE_MILLIS = 10;

  private final Clients clients;
  private final byte[] operation;
  private final int replyBytes;
  private final boolean unordered;
  private final Meter meter;
  private final List<Slot> slots = new ArrayList<>();
  private final CountDownLatch ended;
  private volatile boolean stopping;

  ClosedLoop(Clients clients, BenchOptions.Load load, byte[] operation, Meter meter) {
    this.clients = clients;
    this.operation = operation;
    this.meter = meter;
    replyBytes = load.replyBytes();
    unordered = load.unordered();
    for (Invoker invoker : clients.invokers()) {
      for (int i = 0; i < load.inFlight(); i++) {
        slots.add(new Slot(invoker));
      }
    }
    ended = new CountDownLatch(slots.size());
  }

  @Override
  public void start() {
    slots.forEach(Slot::call);
  }

  @Override
  public int stop() throws InterruptedException {
    stopping = true;
    ended.await(STOP_SECONDS, TimeUnit.SECONDS);
    return (int) ended.getCount();
  }

  private final class Slot implements BiConsumer<byte[], Throwable> {
    private final Invoker invoker;
    private long started;

    Slot(Invoker invoker) {
      this.invoker = invoker;
    }

    void call() {
      if (stopping) {
        ended.countDown();
        return;
      }
      started = System.nanoTime();
      CompletableFuture<byte[]> reply =
          unordered
              ? invoker.invokeUnorderedAsync(operation)
              : invoker.invokeOrderedAsync(operation);
      reply.whenComplete(this);
    }

    @Override
    public void accept(byte[] reply, Throwable failure) {
      if (failure == null && reply.length == replyBytes) {
        meter.done(System.nanoTime() - started);
        call();
        return;
      }
      if (failure == null) {
        meter.failed("wrong_reply");
      } else {
        meter.failed(failure);
      }
      if (stopping) {
        ended.countDown();
      } else {
        clients.timer().schedule(this::call, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }
}
