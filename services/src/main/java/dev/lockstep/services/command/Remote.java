package dev.lockstep.services.command;

import dev.lockstep.api.Invoker;
import dev.lockstep.services.ServiceException;
import java.util.concurrent.CompletableFuture;

/** Calls operations of a {@link CommandService}. Safe for any number of threads. */
public final class Remote {
  private static final int REASON_BYTES_MAX = 1024;

  private final Invoker invoker;
  private final int format;

  /**
   * @param format the byte that the service's commands and replies begin with
   */
  public Remote(Invoker invoker, int format) {
    this.invoker = invoker;
    this.format = format;
  }

  /** Reads the results of an operation out of its reply. */
  @FunctionalInterface
  public interface Results<T> {
    T read(ByteReader reply) throws RefusedException;
  }

  /**
   * An operation, ready to be called.
   *
   * @param ordered whether it must be ordered because it changes the state
   */
  public record Call<T>(byte[] command, boolean ordered, Results<T> results) {}

  /** Starts a command; its fields follow. */
  public static ByteWriter command(int format, Enum<?> operation) {
    return new ByteWriter().u8(format).u8(operation.ordinal());
  }

  /**
   * Calls and waits.
   *
   * @throws dev.lockstep.api.InvocationException if there is no reply
   * @throws ServiceException if the service refused the command
   */
  public <T> T call(Call<T> call) {
    byte[] reply =
        call.ordered()
            ? invoker.invokeOrdered(call.command())
            : invoker.invokeUnordered(call.command());
    return read(reply, call.results());
  }

  /** Calls without waiting; the future fails with what {@link #call} throws. */
  public <T> CompletableFuture<T> callAsync(Call<T> call) {
    CompletableFuture<byte[]> reply =
        call.ordered()
            ? invoker.invokeOrderedAsync(call.command())
            : invoker.invokeUnorderedAsync(call.command());
    return reply.thenApply(bytes -> read(bytes, call.results()));
  }

  private <T> T read(byte[] bytes, Results<T> results) {
    try {
      ByteReader reply = new ByteReader(bytes);
      int found = reply.u8();
      int status = reply.u8();
      Status[] known = Status.values();
      if (found != format || status >= known.length) {
        throw new ServiceException(
            Status.UNKNOWN_FORMAT,
            "The reply is not one that this client understands: the replicas run another service,"
                + " or another version of it.");
      }
      if (status != Status.OK.ordinal()) {
        throw new ServiceException(known[status], reply.string(REASON_BYTES_MAX));
      }
      T result = results.read(reply);
      reply.end();
      return result;
    } catch (RefusedException e) {
      throw new ServiceException(
          e.status(),
          "The reply is not one of this service: do the replicas run another one? "
              + e.getMessage());
    }
  }
}
