package dev.lockstep.benchmarks;

import dev.lockstep.api.InvocationException;
import dev.lockstep.api.Invoker;
import dev.lockstep.services.kv.Expectation;
import dev.lockstep.services.kv.KeyValueStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Each client reads, writes, and compares and sets a few keys at random, one call at a time, and
 * all is recorded. No value is written twice, so that a read tells which write it saw.
 */
final class HistoryWorkload implements LoadGenerator {
  /** Few, so that clients meet. */
  static final int KEYS = 8;

  private static final int READ_PERCENT = 50;
  private static final int WRITE_PERCENT = 30;
  private static final int PAUSE_MILLIS = 10;
  private static final String NOTHING = "null";

  private final Clients clients;
  private final HistoryWriter history;
  private final Meter meter;
  private final AtomicLong nextValue = new AtomicLong(1);
  private final List<Client> running = new ArrayList<>();
  private final CountDownLatch ended;
  private volatile boolean stopping;

  HistoryWorkload(Clients clients, HistoryWriter history, Meter meter) {
    this.clients = clients;
    this.history = history;
    this.meter = meter;
    for (Invoker invoker : clients.invokers()) {
      running.add(new Client(running.size(), invoker));
    }
    ended = new CountDownLatch(running.size());
  }

  @Override
  public void start() {
    running.forEach(Client::next);
  }

  @Override
  public int stop() throws InterruptedException {
    stopping = true;
    ended.await(STOP_SECONDS, TimeUnit.SECONDS);
    return (int) ended.getCount();
  }

  private final class Client {
    private final KeyValueStore store;
    private final SplittableRandom random;

    /** What it believes that each key holds; 0 for nothing. */
    private final long[] seen = new long[KEYS];

    private long process;
    private long started;

    Client(int number, Invoker invoker) {
      process = number;
      store = new KeyValueStore(invoker);
      random = new SplittableRandom(number);
    }

    void next() {
      if (stopping) {
        ended.countDown();
        return;
      }
      int key = random.nextInt(KEYS);
      int kind = random.nextInt(100);
      started = System.nanoTime();
      if (kind < READ_PERCENT) {
        read(key);
      } else if (kind < READ_PERCENT + WRITE_PERCENT) {
        write(key);
      } else {
        swap(key);
      }
    }

    private void read(int key) {
      record("invoke", "read", key, NOTHING, null);
      await(
          store.getAsync(bytes(key)),
          "read",
          key,
          NOTHING,
          entry -> {
            seen[key] = entry.map(found -> number(found.value())).orElse(0L);
            record("ok", "read", key, seen[key] == 0 ? NOTHING : Long.toString(seen[key]), null);
          });
    }

    private void write(int key) {
      long value = nextValue.getAndIncrement();
      String json = Long.toString(value);
      record("invoke", "write", key, json, null);
      await(
          store.putAsync(bytes(key), bytes(value)),
          "write",
          key,
          json,
          version -> {
            seen[key] = value;
            record("ok", "write", key, json, null);
          });
    }

    private void swap(int key) {
      long expected = seen[key];
      long value = nextValue.getAndIncrement();
      String json = "[" + (expected == 0 ? NOTHING : expected) + "," + value + "]";
      record("invoke", "cas", key, json, null);
      await(
          store.compareAndSetAsync(
              bytes(key),
              expected == 0 ? Expectation.absent() : Expectation.value(bytes(expected)),
              bytes(value)),
          "cas",
          key,
          json,
          outcome -> {
            if (outcome.done()) {
              seen[key] = value;
              record("ok", "cas", key, json, null);
            } else {
              record("fail", "cas", key, json, HistoryChecker.MISMATCH);
            }
          });
    }

    private void record(String type, String operation, int key, String value, String error) {
      history.write(process, type, operation, "k" + key, value, error);
    }

    private <T> void await(
        CompletableFuture<T> result, String operation, int key, String json, Consumer<T> then) {
      BiConsumer<T, Throwable> end =
          (value, failure) -> {
            if (failure == null) {
              meter.done(System.nanoTime() - started);
              then.accept(value);
              next();
            } else {
              failed(failure, operation, key, json);
            }
          };
      result.whenComplete(end);
    }

    private void failed(Throwable failure, String operation, int key, String json) {
      Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
      meter.failed(cause);
      if (isCertain(cause)) {
        record("fail", operation, key, json, name(cause));
      } else {
        record("info", operation, key, json, name(cause));
        // Whoever does not know what became of his call cannot go on as if he knew.
        process += running.size();
      }
      if (stopping) {
        ended.countDown();
      } else {
        clients.timer().schedule(this::next, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Whether the operation has had no effect and never will. */
  private static boolean isCertain(Throwable failure) {
    return failure instanceof InvocationException invocation
        && switch (invocation.outcome()) {
          case NOT_EXECUTED, BUSY, REFUSED -> true;
          case EXECUTED, MAY_EXECUTE, MAY_HAVE_EXECUTED -> false;
        };
  }

  private static String name(Throwable failure) {
    return failure instanceof InvocationException invocation
        ? invocation.outcome().name().toLowerCase(Locale.ROOT)
        : failure.getClass().getSimpleName();
  }

  private static byte[] bytes(int key) {
    return ("k" + key).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  private static long number(byte[] value) {
    return ByteBuffer.wrap(value).getLong();
  }
}
