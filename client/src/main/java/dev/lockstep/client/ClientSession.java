package dev.lockstep.client;

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

  ClientSession(ServiceProxy proxy, long handle) {
    this.proxy = proxy;
    this.handle = handle;
  }

  @Override
  public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
    return proxy.async(handle, operation, true);
  }

  @Override
  public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
    return proxy.async(handle, operation, false);
  }

  @Override
  public byte[] invokeOrdered(byte[] operation) {
    return proxy.sync(handle, operation, true);
  }

  @Override
  public byte[] invokeUnordered(byte[] operation) {
    return proxy.sync(handle, operation, false);
  }

  /** Ends the session. Calls under way fail, with what is then known about them. */
  @Override
  public void close() {
    proxy.closeSession(handle);
  }
}
