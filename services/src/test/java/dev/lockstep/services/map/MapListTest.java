package dev.lockstep.services.map;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.api.Invoker;
import dev.lockstep.api.Snapshot;
import dev.lockstep.services.DirectInvoker;
import dev.lockstep.services.Hostile;
import dev.lockstep.services.ServiceException;
import dev.lockstep.services.command.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapListTest {
  private final MapListService service = new MapListService();
  private final DirectInvoker invoker = new DirectInvoker(service);
  private final BftMapList map = new BftMapList(invoker);

  @Test
  void isAMap() {
    Map<String, List<String>> asMap = map;
    assertThat(asMap.isEmpty()).isTrue();
    assertThat(asMap.put("t", List.of("a", "b"))).isNull();
    assertThat(asMap.put("t", List.of("c"))).containsExactly("a", "b");
    assertThat(asMap.get("t")).containsExactly("c");
    assertThat(asMap.get("none")).isNull();
    assertThat(asMap.get((Object) 5)).isNull();
    assertThat(asMap.containsKey("t")).isTrue();
    assertThat(asMap.containsKey("none")).isFalse();
    assertThat(asMap.putIfAbsent("t", List.of())).containsExactly("c");
    assertThat(asMap.putIfAbsent("ä", List.of())).isNull();
    assertThat(asMap.size()).isEqualTo(2);
    assertThat(asMap).isEqualTo(Map.of("t", List.of("c"), "ä", List.of()));
    assertThat(asMap.keySet()).containsExactly("t", "ä");
    assertThat(asMap.values()).containsExactly(List.of("c"), List.of());
    assertThat(asMap.containsValue(List.of("c"))).isTrue();
    assertThat(asMap.remove("t")).containsExactly("c");
    assertThat(asMap.remove("t")).isNull();
    asMap.putAll(Map.of("x", List.of("1"), "y", List.of("2")));
    assertThat(asMap.toString()).isEqualTo("{x=[1], y=[2], ä=[]}");
    assertThat(asMap.keySet().remove("x")).isTrue();
    assertThat(asMap.entrySet().removeIf(entry -> entry.getValue().isEmpty())).isTrue();
    assertThat(asMap).isEqualTo(Map.of("y", List.of("2")));
    asMap.clear();
    assertThat(asMap.size()).isZero();
    assertThatThrownBy(() -> asMap.put("t", Arrays.asList("a", null)))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> asMap.put("\ud800", List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void asynchronousFormsDoTheSame() {
    assertThat(map.putAsync("t", List.of("a"))).isCompletedWithValue(Optional.empty());
    assertThat(map.getAsync("t")).isCompletedWithValue(Optional.of(List.of("a")));
    assertThat(map.putEntryAsync("t", "b")).isCompletedWithValue(1L);
    assertThat(map.removeAsync("t")).isCompletedWithValue(Optional.of(List.of("a", "b")));
    assertThat(map.setAsync("t", List.of())).isCompletedWithValue(false);
    assertThat(map.deleteAsync("t")).isCompletedWithValue(true);
  }

  @Test
  void readsAreNotOrderedAndWritesAre() {
    map.putEntry("t", "a");
    map.setEntry("t", 0, "b");
    map.removeEntry("t", 0);
    map.put("t", List.of("a"));
    map.set("t", List.of("a"));
    assertThat(invoker.unordered()).isZero();
    map.get("t");
    map.size();
    map.containsKey("t");
    map.sizeOf("t");
    map.getEntry("t", 0);
    map.entries("t", 0, 1);
    map.keySet().forEach(name -> assertThat(name).isEqualTo("t"));
    assertThat(invoker.unordered()).isEqualTo(7);
  }

  @Test
  void hasEntries() {
    assertThat(map.sizeOf("t")).isEqualTo(OptionalLong.empty());
    assertThat(map.putEntry("t", "a")).isZero();
    assertThat(map.putEntry("t", "b")).isEqualTo(1);
    assertThat(map.putEntry("t", "c")).isEqualTo(2);
    assertThat(map.getEntry("t", 1)).contains("b");
    assertThat(map.getEntry("t", 3)).isEmpty();
    assertThat(map.getEntry("t", -1)).isEmpty();
    assertThat(map.getEntry("u", 0)).isEmpty();
    assertThat(map.setEntry("t", 2, "d")).contains("c");
    assertThat(map.setEntry("t", 3, "d")).isEmpty();
    assertThat(map.setEntry("u", 0, "d")).isEmpty();
    assertThat(map.removeEntry("t", 0)).contains("a");
    assertThat(map.removeEntry("t", Long.MIN_VALUE)).isEmpty();
    assertThat(map.get("t")).containsExactly("b", "d");
    assertThat(map.sizeOf("t")).isEqualTo(OptionalLong.of(2));
    map.removeEntry("t", 0);
    map.removeEntry("t", 0);
    assertThat(map.get("t")).isEmpty();
    assertThat(map.containsKey("u")).isFalse();
  }

  @Test
  void partsOfListsCanBeRead() {
    map.put("t", List.of("a", "b", "c", "d"));
    assertThat(map.entries("t", 1, 2)).contains(new BftMapList.Part(4, List.of("b", "c")));
    assertThat(map.entries("t", 3, 9)).contains(new BftMapList.Part(4, List.of("d")));
    assertThat(map.entries("t", 4, 9)).contains(new BftMapList.Part(4, List.of()));
    assertThat(map.entries("t", -1, 9)).contains(new BftMapList.Part(4, List.of()));
    assertThat(map.entries("u", 0, 9)).isEmpty();
  }

  @Test
  void iteratesOverMoreNamesThanFitAReply() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 2500; i++) {
      names.add(String.format("table%06d", i));
    }
    Collections.shuffle(names, new Random(3));
    names.forEach(name -> map.set(name, List.of()));
    Collections.sort(names);
    assertThat(new ArrayList<>(map.keySet())).isEqualTo(names);

    map.clear();
    String wide = "x".repeat(MapListService.NAME_BYTES_MAX - 4);
    names.clear();
    for (int i = 0; i < 300; i++) {
      names.add(wide + (1000 + i));
    }
    names.forEach(name -> map.set(name, List.of()));
    assertThat(new ArrayList<>(map.keySet())).isEqualTo(names);
    map.keySet().removeIf(name -> name.endsWith("0"));
    assertThat(map.size()).isEqualTo(270);
  }

  @Test
  void iteratorsKeepToTheirContract() {
    map.put("t", List.of());
    var iterator = map.keySet().iterator();
    assertThatThrownBy(iterator::remove).isInstanceOf(IllegalStateException.class);
    assertThat(iterator.next()).isEqualTo("t");
    iterator.remove();
    assertThatThrownBy(iterator::remove).isInstanceOf(IllegalStateException.class);
    assertThat(iterator.hasNext()).isFalse();
    assertThatThrownBy(iterator::next).isInstanceOf(NoSuchElementException.class);
    assertThat(map.isEmpty()).isTrue();
  }

  @Test
  void aListThatFitsNoReplyIsReadInPartsAndStaysAsItIs() {
    String entry = "e".repeat(100_000);
    for (int i = 0; i < 11; i++) {
      map.putEntry("t", entry);
    }
    for (org.assertj.core.api.ThrowableAssert.ThrowingCallable call :
        List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
            () -> map.get("t"),
            () -> map.put("t", List.of()),
            () -> map.putIfAbsent("t", List.of()),
            () -> map.remove("t"))) {
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(
              ServiceException.class, e -> assertThat(e.status()).isEqualTo(Status.TOO_LARGE))
          .hasMessageContaining("11 entries");
    }
    assertThat(map.sizeOf("t")).isEqualTo(OptionalLong.of(11));
    assertThat(map.entries("t", 0, 100).orElseThrow().entries()).hasSize(10);
    assertThat(map.entries("t", 10, 100).orElseThrow().entries()).containsExactly(entry);
    map.setEntry("t", 5, "");
    assertThat(map.get("t")).hasSize(11);
    map.setEntry("t", 5, entry);
    assertThatThrownBy(() -> map.get("t")).isInstanceOf(ServiceException.class);
    map.removeEntry("t", 5);
    assertThat(map.get("t")).hasSize(10);
    assertThat(map.set("t", List.of("x"))).isTrue();
    assertThat(map.get("t")).containsExactly("x");
  }

  private static final class RecordingInvoker implements Invoker {
    final List<byte[]> commands = new ArrayList<>();
    final DirectInvoker direct = new DirectInvoker(new MapListService());

    @Override
    public byte[] invokeOrdered(byte[] operation) {
      commands.add(operation);
      return direct.invokeOrdered(operation);
    }

    @Override
    public byte[] invokeUnordered(byte[] operation) {
      commands.add(operation);
      return direct.invokeUnordered(operation);
    }

    @Override
    public CompletableFuture<byte[]> invokeOrderedAsync(byte[] operation) {
      return CompletableFuture.completedFuture(invokeOrdered(operation));
    }

    @Override
    public CompletableFuture<byte[]> invokeUnorderedAsync(byte[] operation) {
      return CompletableFuture.completedFuture(invokeUnordered(operation));
    }
  }

  private static List<byte[]> everyCommand() {
    RecordingInvoker recorder = new RecordingInvoker();
    BftMapList recorded = new BftMapList(recorder);
    recorded.size();
    recorded.containsKey("t");
    recorded.get("t");
    recorded.put("t", List.of("a", "b"));
    recorded.putIfAbsent("t", List.of("a"));
    recorded.set("t", List.of("a"));
    recorded.remove("t");
    recorded.delete("t");
    recorded.clear();
    recorded.keySet().iterator().hasNext();
    recorded.sizeOf("t");
    recorded.putEntry("t", "a");
    recorded.getEntry("t", 258);
    recorded.setEntry("t", 0, "b");
    recorded.removeEntry("t", 0);
    recorded.entries("t", 1, 7);
    return recorder.commands;
  }

  /** The bytes of version 1. They may not change: logs and other clients hold them. */
  @Test
  void commandsKeepTheirBytes() {
    String t = "0000000174";
    String a = "0000000161";
    String b = "0000000162";
    assertThat(everyCommand().stream().map(HexFormat.of()::formatHex))
        .containsExactly(
            "3100",
            "3101" + t,
            "3102" + t,
            "3103" + t + "00000002" + a + b,
            "3104" + t + "00000001" + a,
            "3105" + t + "00000001" + a,
            "3106" + t,
            "3107" + t,
            "3108",
            "3109" + "00" + "000003e8",
            "310a" + t,
            "310b" + t + a,
            "310c" + t + "0000000000000102",
            "310d" + t + "0000000000000000" + b,
            "310e" + t + "0000000000000000",
            "310f" + t + "0000000000000001" + "00000007");
    map.put("t", List.of("a", "b"));
    assertThat(HexFormat.of().formatHex(invoker.invokeUnordered(everyCommand().get(2))))
        .isEqualTo("3100" + "01" + "00000002" + a + b);
    assertThat(HexFormat.of().formatHex(DirectInvoker.snapshotOf(service)))
        .isEqualTo(
            "000c"
                + HexFormat.of().formatHex("lockstep/map".getBytes(UTF_8))
                + "01"
                + "0000000000000001"
                + t
                + "0000000000000002"
                + a
                + b);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void withstandsHostileCommands(long seed) {
    Hostile.bombard(service, everyCommand(), seed);
  }

  private record Taken(Snapshot snapshot, TreeMap<String, List<String>> model) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void behavesLikeATreeMapOfListsAndSnapshotsAsItWas(long seed) throws IOException {
    Random random = new Random(seed);
    TreeMap<String, List<String>> model = new TreeMap<>();
    List<Taken> taken = new ArrayList<>();
    for (int i = 0; i < 6000; i++) {
      String table = "t" + random.nextInt(40);
      String entry = "e" + i;
      List<String> old = model.get(table);
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> {
          List<String> list = model.computeIfAbsent(table, name -> new ArrayList<>());
          assertThat(map.putEntry(table, entry)).isEqualTo(list.size());
          list.add(entry);
        }
        case 4 -> {
          int index = random.nextInt(old == null ? 1 : old.size() + 1);
          boolean there = old != null && index < old.size();
          assertThat(map.removeEntry(table, index))
              .isEqualTo(there ? Optional.of(old.remove(index)) : Optional.empty());
        }
        case 5 -> {
          int index = random.nextInt(old == null ? 1 : old.size() + 1);
          boolean there = old != null && index < old.size();
          assertThat(map.setEntry(table, index, entry))
              .isEqualTo(there ? Optional.of(old.set(index, entry)) : Optional.empty());
        }
        case 6 -> {
          if (random.nextInt(10) == 0) {
            assertThat(map.remove(table)).isEqualTo(model.remove(table));
          } else if (random.nextInt(10) == 0) {
            assertThat(map.put(table, List.of("x", "y")))
                .isEqualTo(model.put(table, new ArrayList<>(List.of("x", "y"))));
          }
        }
        case 7 -> {
          assertThat(map.get(table)).isEqualTo(old);
          assertThat(map.containsKey(table)).isEqualTo(old != null);
        }
        case 8 -> {
          if (old != null && !old.isEmpty()) {
            int first = random.nextInt(old.size());
            int most = 1 + random.nextInt(50);
            assertThat(map.entries(table, first, most).orElseThrow().entries())
                .isEqualTo(old.subList(first, Math.min(old.size(), first + most)));
          }
        }
        default -> {
          if (random.nextInt(30) == 0) {
            TreeMap<String, List<String>> copy = new TreeMap<>();
            model.forEach((name, list) -> copy.put(name, List.copyOf(list)));
            taken.add(new Taken(service.snapshot(), copy));
          }
        }
      }
    }
    assertThat(map).isEqualTo(model);
    assertThat(taken).hasSizeGreaterThan(5);
    for (Taken each : taken) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      each.snapshot.writeTo(out);
      MapListService restored = DirectInvoker.restoredInto(new MapListService(), out.toByteArray());
      assertThat(new BftMapList(new DirectInvoker(restored))).isEqualTo(each.model);
    }
    // A list that was built by appending and removing equals one that was put as a whole.
    MapListService other = new MapListService();
    BftMapList otherMap = new BftMapList(new DirectInvoker(other));
    model.descendingMap().forEach(otherMap::put);
    assertThat(DirectInvoker.snapshotOf(other)).isEqualTo(DirectInvoker.snapshotOf(service));
    Hostile.corrupt(new MapListService(), DirectInvoker.snapshotOf(service), seed);
  }

  @Test
  void takingASnapshotIsQuickHoweverManyTablesThereAre() {
    List<String> entries = Collections.nCopies(5, "entry");
    for (int i = 0; i < 50_000; i++) {
      map.set("t" + i, entries);
    }
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    Snapshot snapshot = service.snapshot();
    map.putEntry("t7", "one more");
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(64 << 10);
    assertThat(snapshot).isNotNull();
  }
}
