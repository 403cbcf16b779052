package dev.lockstep.api;

import java.util.concurrent.CompletableFuture;

/**
 * Calls a replicated service. Calls of one invoker are executed in the order in which they were
 * made, each at most once. Every call has a definite outcome: a result, or an {@link
 * InvocationException} that says what is known. Safe for any number of threads.
 */
public interface Invoker {
  /**
   * An operation in the total order, without blocking.
   *
   * @return completes on the client's network thread (use the {@code Async} forms of the future's
   *     methods for anything that takes long); exceptionally with an {@link InvocationException}.
   *     When too much is in flight it fails at once with {@link InvocationException.Outcome#BUSY}
   */
  CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation);

  /**
   * A linearizable read that usually takes one round trip and is ordered when that gives no answer.
   * The service must not change anything for it. Otherwise as {@link #invokeOrderedAsync}.
   */
  CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation);

  /**
   * An operation in the total order; waits for its result, and for room when too much is in flight.
   *
   * @throws InvocationException if there is no result
   */
  byte[] invokeOrdered(byte[] operation);

  /**
   * A linearizable read; waits for its result.
   *
   * @throws InvocationException if there is no result
   */
  byte[] invokeUnordered(byte[] operation);
}
