package dev.lockstep.services.kv;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.api.Invoker;
import dev.lockstep.services.DirectInvoker;
import dev.lockstep.services.Hostile;
import dev.lockstep.services.ServiceException;
import dev.lockstep.services.command.Status;
import dev.lockstep.services.kv.KeyValueStore.Entry;
import dev.lockstep.services.kv.KeyValueStore.Outcome;
import dev.lockstep.services.kv.KeyValueStore.Page;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyValueTest {
  private static final Optional<byte[]> OPEN = Optional.empty();

  private final KeyValueService service = new KeyValueService();
  private final DirectInvoker invoker = new DirectInvoker(service);
  private final KeyValueStore store = new KeyValueStore(invoker);

  private static byte[] b(String text) {
    return text.getBytes(UTF_8);
  }

  private static Optional<byte[]> at(String key) {
    return Optional.of(b(key));
  }

  private static List<String> keys(Page page) {
    return page.entries().stream().map(entry -> new String(entry.key(), UTF_8)).toList();
  }

  @Test
  void storesAndForgets() {
    assertThat(store.get(b("a"))).isEmpty();
    assertThat(store.put(b("a"), b("1"))).isEqualTo(1);
    assertThat(store.put(b("b"), b("2"))).isEqualTo(2);
    assertThat(store.put(b("a"), b(""))).isEqualTo(3);
    assertThat(store.get(b("a"))).contains(new Entry(b("a"), b(""), 3));
    assertThat(store.getAsync(b("b")))
        .isCompletedWithValue(Optional.of(new Entry(b("b"), b("2"), 2)));
    assertThat(store.delete(b("a"))).isTrue();
    assertThat(store.delete(b("a"))).isFalse();
    assertThat(store.get(b("a"))).isEmpty();
    assertThat(store.putAsync(b("a"), b("x"))).isCompletedWithValue(4L);
    assertThat(store.deleteAsync(b("a"))).isCompletedWithValue(true);
    assertThat(invoker.unordered()).isEqualTo(4);
  }

  @Test
  void comparesBeforeItSets() {
    byte[] k = b("k");
    assertThat(store.compareAndSet(k, Expectation.value(b("")), b("1")))
        .isEqualTo(new Outcome(false, 0));
    assertThat(store.compareAndSet(k, Expectation.version(0), b("1")))
        .isEqualTo(new Outcome(false, 0));
    assertThat(store.putIfAbsent(k, b("1"))).isTrue();
    assertThat(store.putIfAbsent(k, b("2"))).isFalse();
    assertThat(store.compareAndSet(k, Expectation.value(b("2")), b("3")))
        .isEqualTo(new Outcome(false, 1));
    assertThat(store.compareAndSet(k, Expectation.value(b("1")), b("3")))
        .isEqualTo(new Outcome(true, 2));
    assertThat(store.compareAndSet(k, Expectation.version(1), b("4")))
        .isEqualTo(new Outcome(false, 2));
    assertThat(store.compareAndSetAsync(k, Expectation.version(2), b("4")))
        .isCompletedWithValue(new Outcome(true, 3));
    assertThat(store.compareAndDelete(k, Expectation.absent())).isEqualTo(new Outcome(false, 3));
    assertThat(store.compareAndDelete(k, Expectation.version(3))).isEqualTo(new Outcome(true, 0));
    assertThat(store.compareAndDeleteAsync(k, Expectation.absent()))
        .isCompletedWithValue(new Outcome(true, 0));
    assertThat(store.get(k)).isEmpty();
    assertThat(invoker.unordered()).isEqualTo(1);
  }

  @Test
  void readsRangesPageByPage() {
    for (String key : List.of("b", "a", "c", "aa", "")) {
      store.put(b(key), b("v" + key));
    }
    assertThat(keys(store.range(OPEN, OPEN, 10))).containsExactly("", "a", "aa", "b", "c");
    assertThat(store.range(OPEN, OPEN, 5).next()).isEmpty();
    assertThat(keys(store.range(at("a"), at("b"), 10))).containsExactly("a", "aa");
    assertThat(store.range(at("a"), at("b"), 2).next()).isEmpty();
    assertThat(keys(store.range(at("c"), at("a"), 2))).isEmpty();
    assertThat(store.count(OPEN, OPEN)).isEqualTo(5);
    assertThat(store.count(at("a"), at("b"))).isEqualTo(2);
    assertThat(store.count(at("aaa"), OPEN)).isEqualTo(2);
    assertThat(store.count(at("c"), at("a"))).isZero();
    assertThat(store.countAsync(OPEN, at("a"))).isCompletedWithValue(1L);

    Page first = store.range(OPEN, OPEN, 2);
    assertThat(keys(first)).containsExactly("", "a");
    Page second = store.rangeAsync(first.next(), OPEN, 2).join();
    assertThat(keys(second)).containsExactly("aa", "b");
    Page third = store.range(second.next(), OPEN, 2);
    assertThat(keys(third)).containsExactly("c");
    assertThat(third.next()).isEmpty();
    assertThatThrownBy(() -> store.range(OPEN, OPEN, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void keysAreOrderedAsUnsignedBytes() {
    store.put(new byte[] {-1}, b(""));
    store.put(new byte[] {1}, b(""));
    assertThat(store.range(OPEN, OPEN, 2).entries())
        .extracting(Entry::key)
        .containsExactly(new byte[] {1}, new byte[] {-1});
  }

  @Test
  void aPageFitsAReplyHoweverLargeTheEntriesAre() {
    byte[] longest = new byte[KeyValueService.KEY_BYTES_MAX];
    Arrays.fill(longest, (byte) 'k');
    byte[] value = new byte[KeyValueService.VALUE_BYTES_MAX];
    for (int i = 0; i < 5; i++) {
      longest[longest.length - 1] = (byte) i;
      store.put(longest, value);
    }
    List<Integer> pages = new ArrayList<>();
    Optional<byte[]> from = OPEN;
    do {
      Page page = store.range(from, OPEN, 100);
      pages.add(page.entries().size());
      from = page.next();
    } while (from.isPresent());
    assertThat(pages).containsExactly(1, 1, 1, 1, 1);
    assertThat(store.count(OPEN, OPEN)).isEqualTo(5);
  }

  @Test
  void whatIsTooLongIsRefused() {
    byte[] key = new byte[KeyValueService.KEY_BYTES_MAX + 1];
    byte[] value = new byte[KeyValueService.VALUE_BYTES_MAX + 1];
    assertThatThrownBy(() -> store.put(key, b("")))
        .isInstanceOfSatisfying(
            ServiceException.class, e -> assertThat(e.status()).isEqualTo(Status.MALFORMED))
        .hasMessageContaining("8192");
    assertThatThrownBy(() -> store.put(b(""), value)).hasMessageContaining("524288");
    assertThat(store.count(OPEN, OPEN)).isZero();
  }

  private static final class Recorder {
    final List<byte[]> commands = new ArrayList<>();

    KeyValueStore store() {
      Invoker recording =
          (Invoker)
              Proxy.newProxyInstance(
                  Invoker.class.getClassLoader(),
                  new Class<?>[] {Invoker.class},
                  (proxy, method, arguments) -> {
                    commands.add((byte[]) arguments[0]);
                    return new CompletableFuture<byte[]>();
                  });
      return new KeyValueStore(recording);
    }
  }

  private static List<byte[]> everyCommand() {
    Recorder recorder = new Recorder();
    KeyValueStore recorded = recorder.store();
    recorded.getAsync(b("k"));
    recorded.putAsync(b("k"), b("v1"));
    recorded.deleteAsync(b("k"));
    recorded.compareAndSetAsync(b("k"), Expectation.absent(), b("v1"));
    recorded.compareAndSetAsync(b("k"), Expectation.value(b("v1")), b("v2"));
    recorded.compareAndDeleteAsync(b("k"), Expectation.version(258));
    recorded.rangeAsync(at("a"), OPEN, 7);
    recorded.countAsync(OPEN, at("b"));
    return recorder.commands;
  }

  /** The bytes of version 1. They may not change: logs and other clients hold them. */
  @Test
  void commandsKeepTheirBytes() {
    assertThat(everyCommand().stream().map(HexFormat.of()::formatHex))
        .containsExactly(
            "2100" + "000000016b",
            "2101" + "000000016b" + "000000027631",
            "2102" + "000000016b",
            "2103" + "000000016b" + "00" + "01000000027631",
            "2103" + "000000016b" + "01000000027631" + "01000000027632",
            "2103" + "000000016b" + "020000000000000102" + "00",
            "2104" + "010000000161" + "00" + "00000007",
            "2105" + "00" + "010000000162");
    store.put(b("k"), b("v"));
    assertThat(HexFormat.of().formatHex(invoker.invokeUnordered(everyCommand().get(0))))
        .isEqualTo("2100" + "01" + "0000000176" + "0000000000000001");
    assertThat(HexFormat.of().formatHex(DirectInvoker.snapshotOf(service)))
        .isEqualTo(
            "000b"
                + HexFormat.of().formatHex(b("lockstep/kv"))
                + "01"
                + "0000000000000001"
                + "0000000000000001"
                + "000000016b"
                + "0000000176"
                + "0000000000000001");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void withstandsHostileCommands(long seed) {
    Hostile.bombard(service, everyCommand(), seed);
  }

  private record Versioned(String value, long version) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void behavesLikeATreeMapAndSnapshotsAsItWas(long seed) throws Exception {
    Random random = new Random(seed);
    TreeMap<String, Versioned> model = new TreeMap<>();
    long version = 0;
    List<Runnable> checks = new ArrayList<>();
    for (int i = 0; i < 6000; i++) {
      String key = "key" + random.nextInt(500);
      String value = "value" + i;
      Versioned old = model.get(key);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          assertThat(store.put(b(key), b(value))).isEqualTo(++version);
          model.put(key, new Versioned(value, version));
        }
        case 3 -> assertThat(store.delete(b(key))).isEqualTo(model.remove(key) != null);
        case 4 -> {
          long expected = old == null || random.nextBoolean() ? version : old.version;
          boolean met = old != null && old.version == expected;
          Outcome outcome = store.compareAndSet(b(key), Expectation.version(expected), b(value));
          if (met) {
            model.put(key, new Versioned(value, ++version));
          }
          assertThat(outcome)
              .isEqualTo(new Outcome(met, met ? version : old == null ? 0 : old.version));
        }
        case 5 ->
            assertThat(store.get(b(key)).map(entry -> new String(entry.value(), UTF_8)))
                .isEqualTo(Optional.ofNullable(old).map(Versioned::value));
        case 6 -> {
          String to = "key" + random.nextInt(500);
          int most = 1 + random.nextInt(20);
          List<String> expected =
              key.compareTo(to) > 0
                  ? List.of()
                  : model.subMap(key, to).keySet().stream().limit(most).toList();
          assertThat(keys(store.range(at(key), at(to), most))).isEqualTo(expected);
        }
        default -> {
          if (random.nextInt(50) == 0) {
            var snapshot = service.snapshot();
            TreeMap<String, Versioned> then = new TreeMap<>(model);
            checks.add(() -> assertHolds(snapshot, then));
          }
        }
      }
    }
    assertThat(store.count(OPEN, OPEN)).isEqualTo(model.size());
    assertThat(checks).hasSizeGreaterThan(5);
    checks.forEach(Runnable::run);
    Hostile.corrupt(new KeyValueService(), DirectInvoker.snapshotOf(service), seed);
  }

  private static void assertHolds(
      dev.lockstep.api.Snapshot snapshot, TreeMap<String, Versioned> model) {
    try {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      snapshot.writeTo(out);
      KeyValueService restored =
          DirectInvoker.restoredInto(new KeyValueService(), out.toByteArray());
      List<Entry> expected = new ArrayList<>();
      model.forEach((key, v) -> expected.add(new Entry(b(key), b(v.value), v.version)));
      assertThat(new KeyValueStore(new DirectInvoker(restored)).range(OPEN, OPEN, 1000).entries())
          .isEqualTo(expected);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void equalStatesHaveEqualSnapshotsHoweverTheyCameAbout() throws Exception {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      keys.add("k" + i);
    }
    for (String key : keys) {
      store.put(b(key), b("v"));
    }
    byte[] snapshot = DirectInvoker.snapshotOf(service);
    KeyValueService other = DirectInvoker.restoredInto(new KeyValueService(), snapshot);
    KeyValueStore otherStore = new KeyValueStore(new DirectInvoker(other));
    java.util.Collections.shuffle(keys, new Random(1));
    for (String key : keys.subList(0, 250)) {
      store.delete(b(key));
      otherStore.delete(b(key));
    }
    assertThat(DirectInvoker.snapshotOf(other)).isEqualTo(DirectInvoker.snapshotOf(service));
  }

  @Test
  void aSnapshotIsWrittenWhileTheServiceGoesOn() throws Exception {
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      store.put(b("k" + i), b("before"));
    }
    byte[] expected = DirectInvoker.snapshotOf(service);
    var snapshot = service.snapshot();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] bytes, int offset, int length) {
            // The first block has left; the rest is written while and after all is changed.
            super.write(bytes, offset, length);
            begun.countDown();
            await(changed);
          }
        };
    CompletableFuture<Void> written =
        CompletableFuture.runAsync(
            () -> {
              try {
                snapshot.writeTo(out);
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    await(begun);
    for (int i = 0; i < count; i++) {
      if (i == count / 2) {
        changed.countDown();
      }
      if (i % 3 == 0) {
        store.delete(b("k" + i));
      } else {
        store.put(b("k" + i), b("after"));
      }
    }
    written.get(10, java.util.concurrent.TimeUnit.SECONDS);
    assertThat(out.toByteArray()).isEqualTo(expected);
    assertThat(DirectInvoker.snapshotOf(service)).isNotEqualTo(expected);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
