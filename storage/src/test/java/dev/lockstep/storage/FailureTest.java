package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that fails once and then works again: the log must not. */
class FailureTest {
  @TempDir Path temporary;

  /** What is never synced must not keep the log's thread looking for something to sync. */
  @ParameterizedTest
  @EnumSource(LogMode.class)
  void anIdleLogLooksForItsFilesNowAndThenOnly(LogMode mode) throws Exception {
    AtomicInteger looks = new AtomicInteger();
    CrashDisk disk =
        new CrashDisk(0, Long.MAX_VALUE) {
          @Override
          public Object identity(Path path) throws IOException {
            looks.incrementAndGet();
            return super.identity(path);
          }
        };
    Path directory = temporary.resolve("log");
    ReplicaLog.create(disk, directory, LogFixture.CLUSTER, 2);
    LogConfig config = LogFixture.DURABLE.withMode(mode);
    TestListener listener = new TestListener();
    try (ReplicaLog log = ReplicaLog.open(disk, directory, config, listener)) {
      log.start();
      for (long instance = 1; instance <= 40; instance++) {
        log.append(instance, LogFixture.decided(instance, 1 << 20));
      }
      while (log.flush() < 40 && listener.durable() < 40) {
        listener.awaitChange(10);
      }
      int before = looks.get();
      Thread.sleep(1000);
      // Five are meant, ten when synced in the background; a thread that spins makes many
      // thousands.
      assertThat(looks.get() - before).isLessThan(200);
    }
  }

  @ParameterizedTest
  @EnumSource(LogMode.class)
  void afterAnyFailureNothingIsConfirmed(LogMode mode) throws Exception {
    boolean all = false;
    int failures = 0;
    for (long failing = 0; !all; failing++) {
      Path directory = temporary.resolve("log-" + failing);
      CrashDisk before = new CrashDisk(0, Long.MAX_VALUE);
      ReplicaLog.create(before, directory, LogFixture.CLUSTER, 2);
      CrashDisk disk = before.failingOnceAfter(failing);
      TestListener listener = new TestListener();
      LogConfig config = LogFixture.DURABLE.withMode(mode).withSegmentBytes(4096);
      List<Record> handed = new ArrayList<>();
      long confirmed = 0;
      try (ReplicaLog log = ReplicaLog.open(disk, directory, config, listener)) {
        log.start();
        for (long instance = 1; instance <= 12; instance++) {
          for (Record record : LogFixture.history(instance, instance, 300)) {
            handed.add(record);
            log.append(handed.size(), record);
          }
          handed.add(new Record.Promised(instance));
          log.append(handed.size(), handed.get(handed.size() - 1));
          confirmed = Math.max(confirmed, log.flush());
          while (log.failure() == null && listener.durable() < handed.size()) {
            listener.awaitChange(10);
          }
          if (instance == 8) {
            log.truncateBelow(5).handle((done, failure) -> done).get();
          }
        }
        if (log.failure() != null) {
          failures++;
          assertThat(listener.awaitFailure()).isSameAs(log.failure());
          assertThat(log.truncateBelow(6)).isCompletedExceptionally();
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("No space left");
      }
      confirmed = Math.max(confirmed, listener.durable());
      all = !disk.hasFailed();
      if (all) {
        assertThat(listener.failure()).isNull();
        assertThat(confirmed).isEqualTo(handed.size());
      }
      CrashDisk working = disk.after(false, Long.MAX_VALUE);
      try (ReplicaLog log = ReplicaLog.open(working, directory, config, new TestListener())) {
        StartState state = log.start(8);
        assertThat(log.loss()).isNull();
        List<Record> wanted =
            handed.subList(0, (int) confirmed).stream()
                .filter(record -> record instanceof Record.Locked locked && locked.instance() > 8)
                .toList();
        assertThat(state.records()).containsAll(wanted);
      }
    }
    assertThat(failures).isGreaterThan(20);
  }

  @ParameterizedTest
  @EnumSource(LogMode.class)
  void aVanishedDirectoryIsNoticed(LogMode mode) throws Exception {
    Path directory = temporary.resolve("log");
    ReplicaLog.create(directory, LogFixture.CLUSTER, 2);
    TestListener listener = new TestListener();
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE.withMode(mode), listener)) {
      log.start();
      log.append(1, LogFixture.wrote(1, 10));
      if (log.flush() < 1) {
        listener.awaitDurable(1);
      }
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
      log.append(2, LogFixture.wrote(2, 10));
      log.flush();
      assertThat(listener.awaitFailure()).hasMessageContaining("has vanished");
      assertThat(listener.durable()).isLessThan(2);
    }
  }

  @Test
  void aFailureOfTheListenerEndsTheLogToo() throws Exception {
    Path directory = temporary.resolve("log");
    ReplicaLog.create(directory, LogFixture.CLUSTER, 2);
    TestListener listener = new TestListener();
    LogListener failing =
        new LogListener() {
          @Override
          public void onDurable(long ticket) {
            throw new IllegalStateException("queue is closed");
          }

          @Override
          public void onFailure(Throwable cause) {
            listener.onFailure(cause);
          }
        };
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE, failing)) {
      log.start();
      log.append(1, LogFixture.wrote(1, 10));
      log.flush();
      assertThat(listener.awaitFailure()).hasMessage("queue is closed");
    }
  }
}
