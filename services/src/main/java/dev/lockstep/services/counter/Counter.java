package dev.lockstep.services.counter;

import dev.lockstep.api.Invoker;
import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.Remote;
import java.util.concurrent.CompletableFuture;

/**
 * The client of a {@link CounterService}. Methods that wait throw {@link
 * dev.lockstep.api.InvocationException} if there is no result; futures fail with it. Safe for any
 * number of threads.
 */
public final class Counter {
  private final Remote remote;

  public Counter(Invoker invoker) {
    remote = new Remote(invoker, CounterService.FORMAT);
  }

  private static Remote.Call<Long> read() {
    return new Remote.Call<>(
        Remote.command(CounterService.FORMAT, CounterOperation.GET).toByteArray(),
        false,
        ByteReader::i64);
  }

  private static Remote.Call<Long> add(long summand) {
    return new Remote.Call<>(
        Remote.command(CounterService.FORMAT, CounterOperation.ADD).i64(summand).toByteArray(),
        true,
        ByteReader::i64);
  }

  /** The value, read linearizably. */
  public long get() {
    return remote.call(read());
  }

  /** The value, read linearizably, without waiting. */
  public CompletableFuture<Long> getAsync() {
    return remote.callAsync(read());
  }

  /** Adds to the value, which wraps around at the ends of a long, and returns the new one. */
  public long addAndGet(long summand) {
    return remote.call(add(summand));
  }

  /** As {@link #addAndGet}, without waiting. */
  public CompletableFuture<Long> addAndGetAsync(long summand) {
    return remote.callAsync(add(summand));
  }

  /** Adds 1 and returns the new value. */
  public long incrementAndGet() {
    return addAndGet(1);
  }
}
