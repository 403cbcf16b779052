package dev.lockstep.systemtests;

import dev.lockstep.api.Invoker;
import dev.lockstep.services.map.BftMapList;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The bytes of a command of the map, for those who send them in ways of their own. */
final class RecordedCommand implements Invoker {
  private static final class Recorded extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient byte[] command;

    Recorded(byte[] command) {
      this.command = command;
    }
  }

  private RecordedCommand() {}

  /**
   * @param call one call of the map
   */
  static byte[] of(Consumer<BftMapList> call) {
    try {
      call.accept(new BftMapList(new RecordedCommand()));
    } catch (Recorded recorded) {
      return recorded.command;
    }
    throw new IllegalArgumentException("the map was not called");
  }

  @Override
  public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
    throw new Recorded(operation);
  }

  @Override
  public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
    throw new Recorded(operation);
  }

  @Override
  public byte[] invokeOrdered(byte[] operation) {
    throw new Recorded(operation);
  }

  @Override
  public byte[] invokeUnordered(byte[] operation) {
    throw new Recorded(operation);
  }
}
