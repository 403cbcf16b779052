package dev.lockstep.storage;

import dev.lockstep.protocol.record.Record;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Prints how fast the log is on this machine; checks nothing. */
@Tag("slow")
class LogSpeedTest {
  private static final int BYTES = 1024;
  private static final int OPEN = 256;
  private static final long NANOS = TimeUnit.SECONDS.toNanos(3);

  @TempDir Path temporary;

  /** Records of 1 KB, at most {@link #OPEN} of them unconfirmed. */
  @ParameterizedTest
  @EnumSource(LogMode.class)
  void throughput(LogMode mode) throws Exception {
    Path directory = temporary.resolve(mode.name());
    ReplicaLog.create(directory, LogFixture.CLUSTER, 2);
    TestListener listener = new TestListener();
    Record[] records = new Record[1024];
    for (int i = 0; i < records.length; i++) {
      records[i] = LogFixture.wrote(i + 1, BYTES);
    }
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE.withMode(mode), listener)) {
      log.start();
      long ticket = 0;
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < NANOS) {
        for (int i = 0; i < 16; i++) {
          log.append(++ticket, records[(int) (ticket % records.length)]);
        }
        if (log.flush() < ticket - OPEN) {
          listener.awaitDurable(ticket - OPEN);
        }
      }
      if (log.flush() < ticket) {
        listener.awaitDurable(ticket);
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      System.out.printf(
          "%s: %.0f records/s, %.1f MB/s of operations, %d confirmations%n",
          mode, ticket / seconds, ticket * (double) BYTES / seconds / 1e6, listener.calls());
    }
  }

  @ParameterizedTest
  @EnumSource(LogMode.class)
  void latencyOfASingleAppend(LogMode mode) throws Exception {
    Path directory = temporary.resolve(mode.name());
    ReplicaLog.create(directory, LogFixture.CLUSTER, 2);
    TestListener listener = new TestListener();
    long[] nanos = new long[500];
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE.withMode(mode), listener)) {
      log.start();
      for (int i = 0; i < nanos.length; i++) {
        Record record = LogFixture.wrote(i + 1, BYTES);
        long begin = System.nanoTime();
        log.append(i + 1, record);
        if (log.flush() <= i) {
          listener.awaitDurable(i + 1);
        }
        nanos[i] = System.nanoTime() - begin;
      }
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%s: single append p50 %d us, p99 %d us%n",
        mode, nanos[nanos.length / 2] / 1000, nanos[nanos.length * 99 / 100] / 1000);
  }

  /** How long a promise takes when much was written before it and nothing waits for the disk. */
  @Test
  void promiseUnderLoad() throws Exception {
    Path directory = temporary.resolve("log");
    ReplicaLog.create(directory, LogFixture.CLUSTER, 2);
    TestListener listener = new TestListener();
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.MEMORY, listener)) {
      log.start();
      long ticket = 0;
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++) {
          log.append(++ticket, LogFixture.wrote(ticket, 1 << 20));
          log.flush();
        }
        long begin = System.nanoTime();
        log.append(++ticket, new Record.Promised(ticket));
        if (log.flush() < ticket) {
          listener.awaitDurable(ticket);
        }
        System.out.printf("promise after 100 MB: %d ms%n", (System.nanoTime() - begin) / 1_000_000);
      }
    }
  }
}
