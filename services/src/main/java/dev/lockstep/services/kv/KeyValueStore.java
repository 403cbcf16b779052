package dev.lockstep.services.kv;

import dev.lockstep.api.Invoker;
import dev.lockstep.services.command.ByteReader;
import dev.lockstep.services.command.ByteWriter;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.services.command.Remote;
import dev.lockstep.services.command.Status;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The client of a {@link KeyValueService}. Each call is atomic and linearizable. Methods that wait
 * throw {@link dev.lockstep.api.InvocationException} if there is no result and {@link
 * dev.lockstep.services.ServiceException} if the service refuses the command (a key longer than
 * {@link KeyValueService#KEY_BYTES_MAX}, say); the futures of the {@code Async} methods fail with
 * the same. Safe for any number of threads.
 */
public final class KeyValueStore {
  private final Remote remote;

  public KeyValueStore(Invoker invoker) {
    remote = new Remote(invoker, KeyValueService.FORMAT);
  }

  /**
   * A key with its value. The arrays are the caller's own.
   *
   * @param version of the write that wrote it, from 1; grows with every write to any key
   */
  public record Entry(byte[] key, byte[] value, long version) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Entry that
          && version == that.version
          && Arrays.equals(key, that.key)
          && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
      return Objects.hash(Arrays.hashCode(key), Arrays.hashCode(value), version);
    }
  }

  /**
   * How a compare-and-set ended.
   *
   * @param done whether the expectation was met, and so the change made
   * @param version of the key after it; 0 if it has no value
   */
  public record Outcome(boolean done, long version) {}

  /**
   * A range, or a part of one.
   *
   * @param next where to go on: the "from" of the next read; empty if there are no more entries
   */
  public record Page(List<Entry> entries, Optional<byte[]> next) {}

  /** The entry of a key, if there is one. */
  public Optional<Entry> get(byte[] key) {
    return remote.call(getCall(key));
  }

  /** As {@link #get}, without waiting. */
  public CompletableFuture<Optional<Entry>> getAsync(byte[] key) {
    return remote.callAsync(getCall(key));
  }

  private static Remote.Call<Optional<Entry>> getCall(byte[] key) {
    byte[] command =
        Remote.command(KeyValueService.FORMAT, KeyValueOperation.GET).bytes(key).toByteArray();
    return new Remote.Call<>(
        command,
        false,
        reply ->
            reply.flag()
                ? Optional.of(new Entry(key.clone(), value(reply), reply.i64()))
                : Optional.empty());
  }

  /** Sets the value of a key and returns its new version. */
  public long put(byte[] key, byte[] value) {
    return remote.call(putCall(key, value));
  }

  /** As {@link #put}, without waiting. */
  public CompletableFuture<Long> putAsync(byte[] key, byte[] value) {
    return remote.callAsync(putCall(key, value));
  }

  private static Remote.Call<Long> putCall(byte[] key, byte[] value) {
    byte[] command =
        Remote.command(KeyValueService.FORMAT, KeyValueOperation.PUT)
            .bytes(key)
            .bytes(value)
            .toByteArray();
    return new Remote.Call<>(command, true, ByteReader::i64);
  }

  /** Removes a key and returns whether it had a value. */
  public boolean delete(byte[] key) {
    return remote.call(deleteCall(key));
  }

  /** As {@link #delete}, without waiting. */
  public CompletableFuture<Boolean> deleteAsync(byte[] key) {
    return remote.callAsync(deleteCall(key));
  }

  private static Remote.Call<Boolean> deleteCall(byte[] key) {
    byte[] command =
        Remote.command(KeyValueService.FORMAT, KeyValueOperation.DELETE).bytes(key).toByteArray();
    return new Remote.Call<>(command, true, ByteReader::flag);
  }

  /** Sets the value of a key if it is as expected. */
  public Outcome compareAndSet(byte[] key, Expectation expected, byte[] value) {
    return remote.call(swapCall(key, expected, Objects.requireNonNull(value)));
  }

  /** As {@link #compareAndSet}, without waiting. */
  public CompletableFuture<Outcome> compareAndSetAsync(
      byte[] key, Expectation expected, byte[] value) {
    return remote.callAsync(swapCall(key, expected, Objects.requireNonNull(value)));
  }

  /** Removes a key if it is as expected. */
  public Outcome compareAndDelete(byte[] key, Expectation expected) {
    return remote.call(swapCall(key, expected, null));
  }

  /** As {@link #compareAndDelete}, without waiting. */
  public CompletableFuture<Outcome> compareAndDeleteAsync(byte[] key, Expectation expected) {
    return remote.callAsync(swapCall(key, expected, null));
  }

  /** Sets the value of a key that has none, and returns whether that was so. */
  public boolean putIfAbsent(byte[] key, byte[] value) {
    return compareAndSet(key, Expectation.absent(), value).done();
  }

  private static Remote.Call<Outcome> swapCall(byte[] key, Expectation expected, byte[] value) {
    ByteWriter command =
        Remote.command(KeyValueService.FORMAT, KeyValueOperation.COMPARE_AND_SET)
            .bytes(key)
            .u8(expected.kind().ordinal());
    switch (expected.kind()) {
      case ABSENT -> {}
      case VALUE -> command.bytes(expected.value());
      case VERSION -> command.i64(expected.version());
    }
    command.flag(value != null);
    if (value != null) {
      command.bytes(value);
    }
    return new Remote.Call<>(
        command.toByteArray(), true, reply -> new Outcome(reply.flag(), reply.i64()));
  }

  /**
   * Reads a range in the order of its keys, which are compared byte by byte, unsigned. What is too
   * large for one reply comes in pages; a page is what was there at one moment, and the next page
   * what is there at a later one.
   *
   * @param from the first key that is within; empty: from the first of all
   * @param to the first key that is beyond; empty: to the last of all
   * @param most entries on this page, at least 1; there may be fewer even though more follow
   */
  public Page range(Optional<byte[]> from, Optional<byte[]> to, int most) {
    return remote.call(rangeCall(from, to, most));
  }

  /** As {@link #range}, without waiting. */
  public CompletableFuture<Page> rangeAsync(Optional<byte[]> from, Optional<byte[]> to, int most) {
    return remote.callAsync(rangeCall(from, to, most));
  }

  private static Remote.Call<Page> rangeCall(Optional<byte[]> from, Optional<byte[]> to, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("A page has at least 1 entry, not " + most + ".");
    }
    ByteWriter command = Remote.command(KeyValueService.FORMAT, KeyValueOperation.RANGE);
    bound(command, from);
    bound(command, to);
    return new Remote.Call<>(command.i32(most).toByteArray(), false, KeyValueStore::page);
  }

  private static void bound(ByteWriter command, Optional<byte[]> key) {
    command.flag(key.isPresent());
    key.ifPresent(command::bytes);
  }

  private static Page page(ByteReader reply) throws RefusedException {
    boolean more = reply.flag();
    int count = reply.count(16);
    List<Entry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(new Entry(reply.bytes(KeyValueService.KEY_BYTES_MAX), value(reply), reply.i64()));
    }
    if (!more) {
      return new Page(List.copyOf(entries), Optional.empty());
    }
    if (entries.isEmpty()) {
      throw new RefusedException(Status.MALFORMED, "It has no entries but says that more follow.");
    }
    // The least key that is greater than the last one has a zero byte more.
    byte[] last = entries.get(count - 1).key();
    return new Page(List.copyOf(entries), Optional.of(Arrays.copyOf(last, last.length + 1)));
  }

  private static byte[] value(ByteReader reply) throws RefusedException {
    return reply.bytes(KeyValueService.VALUE_BYTES_MAX);
  }

  /** How many entries there are in a range; bounds as in {@link #range}. */
  public long count(Optional<byte[]> from, Optional<byte[]> to) {
    return remote.call(countCall(from, to));
  }

  /** As {@link #count}, without waiting. */
  public CompletableFuture<Long> countAsync(Optional<byte[]> from, Optional<byte[]> to) {
    return remote.callAsync(countCall(from, to));
  }

  private static Remote.Call<Long> countCall(Optional<byte[]> from, Optional<byte[]> to) {
    ByteWriter command = Remote.command(KeyValueService.FORMAT, KeyValueOperation.COUNT);
    bound(command, from);
    bound(command, to);
    return new Remote.Call<>(command.toByteArray(), false, ByteReader::i64);
  }
}
