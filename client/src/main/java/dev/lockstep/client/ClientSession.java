package dev.lockstep.client;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.InvocationException.Outcome;
import dev.lockstep.api.Invoker;
import java.util.concurrent.CompletableFuture;

/**
 * A session of its own within a proxy: its calls are executed in their order, independently of
 * those of other sessions. Cheap; as many as the group's limits allow. Safe for any number of
 * threads.
 */
public final class ClientSession implements Invoker, AutoCloseable {
  private final ServiceProxy proxy;
  private final long handle;
  private volatile boolean closed;

  ClientSession(ServiceProxy proxy, long handle) {
    this.proxy = proxy;
    this.handle = handle;
  }

  @Override
  public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
    return closed ? CompletableFuture.failedFuture(over()) : proxy.async(handle, operation, true);
  }

  @Override
  public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
    return closed ? CompletableFuture.failedFuture(over()) : proxy.async(handle, operation, false);
  }

  @Override
  public byte[] invokeOrdered(byte[] operation) {
    refuseIfClosed();
    return proxy.sync(handle, operation, true);
  }

  @Override
  public byte[] invokeUnordered(byte[] operation) {
    refuseIfClosed();
    return proxy.sync(handle, operation, false);
  }

  private void refuseIfClosed() {
    if (closed) {
      throw over();
    }
  }

  private static InvocationException over() {
    return new InvocationException(
        Outcome.NOT_EXECUTED, "the session is closed; the operation was not executed");
  }

  /**
   * Ends the session. Calls under way fail, with what is then known about them; later ones fail as
   * not executed. Closing again does nothing.
   */
  @Override
  public void close() {
    closed = true;
    proxy.closeSession(handle);
  }
}
