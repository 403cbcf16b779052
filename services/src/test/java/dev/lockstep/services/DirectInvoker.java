package dev.lockstep.services;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.api.Invoker;
import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Calls one service object directly, in this thread. */
public final class DirectInvoker implements Invoker {
  private static final UUID CLIENT = new UUID(1, 2);

  private final Service service;
  private long instance;
  private long unordered;

  public DirectInvoker(Service service) {
    this.service = service;
  }

  /** How many unordered calls there were. */
  public long unordered() {
    return unordered;
  }

  private MessageContext context(int position) {
    return new MessageContext(
        new MessageContext.BatchContext(instance, 0, 0, 1_000_000 + instance, instance),
        CLIENT,
        position < 0 ? 0 : 1,
        instance,
        position);
  }

  @Override
  public synchronized byte[] invokeOrdered(byte[] operation) {
    instance++;
    return service.executeOrdered(operation.clone(), context(0));
  }

  @Override
  public synchronized byte[] invokeUnordered(byte[] operation) {
    unordered++;
    return service.executeUnordered(operation.clone(), context(-1));
  }

  @Override
  public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
    return CompletableFuture.completedFuture(invokeOrdered(operation));
  }

  @Override
  public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
    return CompletableFuture.completedFuture(invokeUnordered(operation));
  }

  /** The bytes of the service's state. */
  public static byte[] snapshotOf(Service service) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var snapshot = service.snapshot()) {
      snapshot.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  /** Restores the state into another service, and checks that it is the same there. */
  public static <S extends Service> S restoredInto(S empty, byte[] snapshot) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(snapshot);
    empty.restore(in);
    assertThat(in.available()).as("bytes that restore() left").isZero();
    assertThat(snapshotOf(empty)).isEqualTo(snapshot);
    return empty;
  }
}
