package dev.lockstep.systemtests;

import dev.lockstep.api.Invoker;
import dev.lockstep.api.MessageContext;
import dev.lockstep.api.Service;
import dev.lockstep.api.Snapshot;
import dev.lockstep.services.kv.KeyValueService;
import dev.lockstep.services.kv.KeyValueStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** A key-value store that begins with about a gigabyte, the same one everywhere. */
public final class LargeKeyValueService implements Service {
  private static final int ENTRIES = 100_000;
  private static final int VALUE_BYTES = 10_000;

  private final KeyValueService store = new KeyValueService();

  /** Found by its name. */
  public LargeKeyValueService() {
    KeyValueStore filler = new KeyValueStore(new Direct());
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < ENTRIES; i++) {
      byte[] value = new byte[VALUE_BYTES];
      random.nextBytes(value);
      filler.put(String.format("bulk-%08d", i).getBytes(StandardCharsets.UTF_8), value);
    }
  }

  /** Calls the service in place of a group. */
  private final class Direct implements Invoker {
    private final MessageContext context =
        new MessageContext(
            new MessageContext.BatchContext(0, 0, 0, 0, 0), new java.util.UUID(0, 0), 0, 0, 0);

    @Override
    public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
      return CompletableFuture.completedFuture(invokeOrdered(operation));
    }

    @Override
    public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
      return CompletableFuture.completedFuture(invokeUnordered(operation));
    }

    @Override
    public byte[] invokeOrdered(byte[] operation) {
      return store.executeOrdered(operation, context);
    }

    @Override
    public byte[] invokeUnordered(byte[] operation) {
      return store.executeUnordered(operation, context);
    }
  }

  @Override
  public byte[] executeOrdered(byte[] command, MessageContext context) {
    return store.executeOrdered(command, context);
  }

  @Override
  public byte[] executeUnordered(byte[] command, MessageContext context) {
    return store.executeUnordered(command, context);
  }

  @Override
  public Snapshot snapshot() {
    return store.snapshot();
  }

  @Override
  public void restore(InputStream in) throws IOException {
    store.restore(in);
  }
}
