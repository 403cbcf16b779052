package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReplicaLogTest {
  @TempDir Path temporary;
  private Path directory;
  private final TestListener listener = new TestListener();

  @BeforeEach
  void create() throws IOException {
    directory = temporary.resolve("log");
    ReplicaLog.create(directory, LogFixture.CLUSTER, 2);
  }

  private static long append(ReplicaLog log, long from, List<Record> records) {
    long ticket = from;
    for (Record record : records) {
      log.append(++ticket, record);
    }
    return ticket;
  }

  /** Appends, waits for the confirmation and closes. */
  private void run(LogConfig config, List<Record> records) throws Exception {
    TestListener own = new TestListener();
    try (ReplicaLog log = ReplicaLog.open(directory, config, own)) {
      log.start();
      long last = append(log, 0, records);
      if (log.flush() < last) {
        own.awaitDurable(last);
      }
    }
  }

  private StartState start(LogConfig config) throws IOException {
    return start(directory, config);
  }

  private StartState start(Path path, LogConfig config) throws IOException {
    try (ReplicaLog log = ReplicaLog.open(path, config, listener)) {
      return log.start();
    }
  }

  @ParameterizedTest
  @EnumSource(LogMode.class)
  void givesBackWhatWasHandedOver(LogMode mode) throws Exception {
    LogConfig config = LogFixture.DURABLE.withMode(mode);
    List<Record> records = new ArrayList<>(LogFixture.history(20, 100));
    records.add(new Record.Promised(7));
    records.add(new Record.Incarnation(1, 3, new Bytes(new byte[] {1, 2})));
    records.add(LogFixture.wrote(21, 10));
    run(config, records);
    assertThat(start(config)).isEqualTo(new StartState(StartState.Kind.INTACT, records));
  }

  @Test
  void firstStartIsFreshAndNoOther() throws Exception {
    assertThat(start(LogFixture.MEMORY)).isEqualTo(StartState.fresh());
    assertThat(start(LogFixture.MEMORY).kind()).isEqualTo(StartState.Kind.INTACT);
  }

  @Test
  void memoryConfirmsWithinFlushButNotBeforeASyncedRecord() throws Exception {
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.MEMORY, listener)) {
      log.start();
      assertThat(log.flush()).isZero();
      log.append(1, LogFixture.wrote(1, 10));
      log.append(2, LogFixture.locked(1));
      assertThat(log.flush()).isEqualTo(2);
      log.append(3, LogFixture.wrote(2, 10));
      log.append(4, new Record.Promised(1));
      log.append(5, LogFixture.wrote(3, 10));
      assertThat(log.flush()).isBetween(3L, 5L);
      listener.awaitDurable(5);
      assertThat(log.flush()).isEqualTo(5);
    }
  }

  @Test
  void oneConfirmationStandsForAGroup() throws Exception {
    List<Record> records = LogFixture.history(300, 100);
    run(LogFixture.DURABLE, List.of());
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE, listener)) {
      log.start();
      long last = append(log, 0, records);
      log.flush();
      listener.awaitDurable(last);
      assertThat(listener.calls()).isEqualTo(1);
    }
  }

  @Test
  void decisionsAloneBecomeDurableSoonToo() throws Exception {
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE, listener)) {
      log.start();
      log.append(1, LogFixture.decided(1, 10));
      log.flush();
      listener.awaitDurable(1);
    }
  }

  @ParameterizedTest
  @EnumSource(LogMode.class)
  void aKilledProcessForgetsNothing(LogMode mode) throws Exception {
    LogConfig config = LogFixture.DURABLE.withMode(mode).withSegmentBytes(4096);
    List<Record> records = LogFixture.history(50, 300);
    Path copy = temporary.resolve("copy");
    try (ReplicaLog log = ReplicaLog.open(directory, config, listener)) {
      log.start();
      long last = append(log, 0, records);
      if (log.flush() < last) {
        listener.awaitDurable(last);
      }
      LogFixture.copy(directory, copy);
    }
    assertThat(start(copy, config)).isEqualTo(new StartState(StartState.Kind.INTACT, records));
    assertThat(LogFixture.segments(copy).size()).isGreaterThan(5);
  }

  @Test
  void anotherBootIsALossUnlessDurableOrClosedInOrder() throws Exception {
    for (LogMode mode : LogMode.values()) {
      LogConfig config = LogFixture.DURABLE.withMode(mode);
      Path own = temporary.resolve("own-" + mode);
      Path copy = temporary.resolve("copy-" + mode);
      ReplicaLog.create(own, LogFixture.CLUSTER, 2);
      try (ReplicaLog log = ReplicaLog.open(own, config, listener)) {
        log.start();
        LogFixture.copy(own, copy);
      }
      LogConfig later = config.withBootId("boot-2");
      assertThat(start(copy, later).kind())
          .isEqualTo(mode == LogMode.DURABLE ? StartState.Kind.INTACT : StartState.Kind.LOST);
      assertThat(start(own, later).kind()).isEqualTo(StartState.Kind.INTACT);
    }
  }

  @Test
  void aLossLastsUntilTheReplicaIsMuted() throws Exception {
    Files.delete(directory.resolve(LogHeader.NAME));
    List<Record> records =
        List.of(LogFixture.decided(1, 10), new Record.Muted(1, 17), LogFixture.wrote(18, 10));
    assertThat(start(LogFixture.DURABLE).kind()).isEqualTo(StartState.Kind.LOST);
    run(LogFixture.DURABLE, records.subList(0, 1));
    assertThat(start(LogFixture.DURABLE))
        .isEqualTo(new StartState(StartState.Kind.LOST, records.subList(0, 1)));
    run(LogFixture.DURABLE, records.subList(1, 3));
    assertThat(start(LogFixture.DURABLE))
        .isEqualTo(new StartState(StartState.Kind.INTACT, records));
  }

  @Test
  void decisionsAreNotWrittenTwice() throws Exception {
    run(LogFixture.MEMORY, LogFixture.history(1, 50_000));
    assertThat(Files.size(LogFixture.segments(directory).get(0))).isLessThan(51_000);
  }

  @Test
  void refusesASecondOpenAndAForeignDirectory() throws Exception {
    ReplicaLog log = ReplicaLog.open(directory, LogFixture.MEMORY, listener);
    assertThatThrownBy(() -> ReplicaLog.open(directory, LogFixture.MEMORY, listener))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("in use by another replica process");
    log.close();
    assertThatThrownBy(() -> ReplicaLog.create(directory, LogFixture.CLUSTER, 2))
        .hasMessageContaining("holds the log of a replica already");
    LogConfig foreign =
        LogConfig.of(
            LogFixture.CLUSTER, LogFixture.CLUSTER, 3, LogMode.MEMORY, LogFixture.MEMORY.limits());
    assertThatThrownBy(() -> ReplicaLog.open(directory, foreign, listener))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("belongs to another replica or cluster");
    Digest other = new Encoder().label("other").hash();
    LogConfig changed =
        LogConfig.of(LogFixture.CLUSTER, other, 2, LogMode.MEMORY, LogFixture.MEMORY.limits());
    assertThatThrownBy(() -> ReplicaLog.open(directory, changed, listener))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("configuration " + LogFixture.CLUSTER)
        .hasMessageContaining("cluster.yaml is " + other);
    Path fresh = directory.resolve("fresh");
    ReplicaLog.create(fresh, LogFixture.CLUSTER, 2);
    ReplicaLog.open(fresh, changed, listener).close();
    assertThatThrownBy(() -> ReplicaLog.open(fresh, LogFixture.MEMORY, listener))
        .as("the first start decides")
        .hasMessageContaining("configuration " + other);
  }

  @Test
  void readsDecisionsBackWhileAppending() throws Exception {
    LogConfig config = LogFixture.MEMORY.withSegmentBytes(8192);
    try (ReplicaLog log = ReplicaLog.open(directory, config, listener)) {
      log.start();
      append(log, 0, LogFixture.history(100, 200));
      log.flush();
      assertThat(log.lastDecision()).isEqualTo(100);
      assertThat(log.readDecisions(17, 1)).containsExactly(LogFixture.decided(17, 200));
      List<Record.Decided> many = log.readDecisions(90, 1 << 20);
      assertThat(many).hasSize(11);
      assertThat(many.get(10)).isEqualTo(LogFixture.decided(100, 200));
      assertThat(log.readDecisions(101, 1 << 20)).isEmpty();
      assertThat(log.readDecisions(0, 1 << 20)).isEmpty();
    }
    try (ReplicaLog log = ReplicaLog.open(directory, config, listener)) {
      log.start();
      assertThat(log.readDecisions(17, 1)).containsExactly(LogFixture.decided(17, 200));
    }
  }

  @ParameterizedTest
  @EnumSource(LogMode.class)
  void dropsOldSegmentsButNoPromise(LogMode mode) throws Exception {
    LogConfig config = LogFixture.DURABLE.withMode(mode).withSegmentBytes(4096);
    Record.Incarnation incarnation = new Record.Incarnation(1, 3, new Bytes(new byte[] {1, 2}));
    Path copy = temporary.resolve("copy");
    try (ReplicaLog log = ReplicaLog.open(directory, config, listener)) {
      log.start();
      long last = append(log, 0, List.of(new Record.Promised(6), new Record.Promised(7)));
      last = append(log, last, List.of(incarnation));
      last = append(log, last, LogFixture.history(50, 300));
      if (log.flush() < last) {
        listener.awaitDurable(last);
      }
      log.truncateBelow(40).get();
      assertThat(log.firstDecision()).isBetween(20L, 40L);
      assertThat(log.readDecisions(40, 1 << 20)).hasSize(11);
      assertThat(log.readDecisions(3, 1 << 20)).isEmpty();
      LogFixture.copy(directory, copy);
    }
    assertThat(LogFixture.segments(copy).get(0).getFileName().toString())
        .isGreaterThan(Segment.name(5));
    StartState state = start(copy, config);
    assertThat(state.kind()).isEqualTo(StartState.Kind.INTACT);
    assertThat(state.records()).contains(incarnation, new Record.Promised(7));
    assertThat(state.records()).containsAll(LogFixture.history(40, 50, 300));
    assertThat(state.records()).doesNotContainAnyElementsOf(LogFixture.history(1, 5, 300));
  }

  @Test
  void readersAreSafeBesideAppendsAndDrops() throws Exception {
    LogConfig config = LogFixture.MEMORY.withSegmentBytes(16384);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    AtomicLong read = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    try (ReplicaLog log = ReplicaLog.open(directory, config, listener)) {
      log.start();
      Thread reader =
          new Thread(
              () -> {
                SplittableRandom random = new SplittableRandom(1);
                while (!done.get()) {
                  long from =
                      Math.max(1, log.firstDecision() - 5)
                          + random.nextLong(1 + log.lastDecision() - log.firstDecision() + 5);
                  try {
                    for (Record.Decided decided : log.readDecisions(from, 2000)) {
                      assertThat(decided).isEqualTo(LogFixture.decided(from++, 200));
                      read.incrementAndGet();
                    }
                  } catch (IOException | RuntimeException | AssertionError e) {
                    failed.set(e);
                    return;
                  }
                }
              });
      reader.start();
      long ticket = 0;
      for (long instance = 1; instance <= 3000 || read.get() < 1000; instance++) {
        ticket = append(log, ticket, LogFixture.history(instance, instance, 200));
        log.flush();
        if (instance % 100 == 0) {
          log.truncateBelow(instance - 50);
        }
        if (failed.get() != null) {
          break;
        }
      }
      done.set(true);
      reader.join();
      assertThat(failed.get()).isNull();
      log.truncateBelow(2900).get();
      assertThat(log.firstDecision()).isGreaterThan(2000);
    }
  }
}
