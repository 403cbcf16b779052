package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ends the disk at any operation, again and again in one directory's life, and checks after each
 * start that what was confirmed is there, in order and without a hole.
 */
class CrashTest {
  private static final int RUNS = 100;
  private static final int LIVES = 4;

  @TempDir Path temporary;

  private int intact;
  private int lost;
  private int confirmedRecords;
  private int unconfirmedRecords;
  private int truncations;
  private int closes;

  /** The life of one directory. */
  private final class Run {
    private final long seed;
    private final SplittableRandom random;
    private final Path directory;
    private final LogMode mode;
    private final boolean powerCuts;
    private final int segmentBytes;

    /** What must be in the log, then what may be. */
    private List<Record> handed = new ArrayList<>();

    private int confirmed;
    private long instance;
    private long regency;
    private long below;
    private Record.Wrote wrote;
    private int boot;

    /** Whether the log was closed in order and not opened since. */
    private boolean clean;

    /** Whether a start ended within itself since the last whole one: it may have marked the log. */
    private boolean halfStarted;

    private boolean halfStartedCut;
    private boolean started;
    private boolean everLost;

    Run(long seed, Path directory) {
      this.seed = seed;
      this.directory = directory;
      random = new SplittableRandom(seed);
      mode = LogMode.values()[random.nextInt(3)];
      powerCuts = random.nextBoolean();
      segmentBytes = 4096 + random.nextInt(8192);
    }

    void run() throws Exception {
      CrashDisk disk = new CrashDisk(seed, Long.MAX_VALUE);
      ReplicaLog.create(disk, directory, LogFixture.CLUSTER, 2);
      for (int life = 0; life < LIVES; life++) {
        boolean cut = crash();
        // Short lives end within the start itself.
        disk = disk.after(cut, random.nextInt(random.nextInt(3) == 0 ? 12 : 150));
        live(disk, cut);
      }
      boolean cut = crash();
      disk = disk.after(cut, Long.MAX_VALUE);
      try (ReplicaLog log = open(disk, new TestListener())) {
        check(log, cut);
      }
    }

    /** Whether it is a power cut; else the process is killed. */
    private boolean crash() {
      boolean cut = powerCuts && random.nextInt(3) > 0;
      boot += cut ? 1 : 0;
      return cut;
    }

    private ReplicaLog open(CrashDisk disk, LogListener listener) throws IOException {
      LogConfig config =
          LogFixture.DURABLE
              .withMode(mode)
              .withSegmentBytes(segmentBytes)
              .withBootId("boot-" + boot);
      return ReplicaLog.open(disk, directory, config, listener);
    }

    private void live(CrashDisk disk, boolean cut) throws Exception {
      TestListener listener = new TestListener();
      ReplicaLog log;
      try {
        log = open(disk, listener);
      } catch (IOException e) {
        assertThat(disk.isDead()).as("seed %d: %s", seed, e).isTrue();
        halfStarted = true;
        halfStartedCut |= cut;
        return;
      }
      check(log, cut);
      long ticket = 0;
      int before = handed.size();
      long flushed = 0;
      boolean closing = random.nextInt(4) == 0;
      for (int step = 0; log.failure() == null && !(closing && step > 5); step++) {
        boolean decisions = random.nextInt(4) == 0;
        for (int i = random.nextInt(6); i >= 0; i--) {
          Record record = decisions ? decide() : next();
          handed.add(record);
          log.append(++ticket, record);
        }
        flushed = Math.max(flushed, log.flush());
        if (mode == LogMode.DURABLE && random.nextInt(3) == 0 && log.failure() == null) {
          awaitConfirmedOrFailed(log, listener, ticket);
        }
        if (random.nextInt(10) == 0 && instance > 10) {
          below = Math.max(below, instance - random.nextInt(10));
          log.truncateBelow(below);
          truncations++;
        }
      }
      if (closing && random.nextBoolean()) {
        disk.die();
      }
      try {
        log.close();
        clean = log.failure() == null;
        closes += clean ? 1 : 0;
      } catch (IOException e) {
        assertThat(disk.isDead()).as("seed %d: %s", seed, e).isTrue();
      }
      confirmed = before + (int) Math.max(flushed, listener.durable());
      confirmedRecords += confirmed - before;
      unconfirmedRecords += handed.size() - confirmed;
    }

    private void awaitConfirmedOrFailed(ReplicaLog log, TestListener listener, long ticket)
        throws InterruptedException {
      long deadline = System.nanoTime() + 20_000_000_000L;
      while (listener.durable() < ticket && log.failure() == null) {
        assertThat(System.nanoTime()).as("seed %d hangs", seed).isLessThan(deadline);
        listener.awaitChange(2);
      }
    }

    private Record next() {
      switch (random.nextInt(6)) {
        case 0:
          return new Record.Promised(++regency);
        case 1:
          return LogFixture.locked(Math.max(1, instance));
        case 2:
        case 3:
          return decide();
        default:
          wrote = LogFixture.wrote(++instance, random.nextInt(900));
          return wrote;
      }
    }

    private Record decide() {
      if (wrote == null) {
        return LogFixture.decided(++instance, random.nextInt(900));
      }
      Record.Decided decided = LogFixture.decided(wrote);
      wrote = null;
      return decided;
    }

    /** Afterwards what was found is what must be there from now on. */
    private void check(ReplicaLog log, boolean cut) throws IOException {
      StartState state = log.start();
      List<Record> found = relevant(state.records());
      List<Record> all = relevant(handed);
      assertThat(found.size()).as("seed %d", seed).isLessThanOrEqualTo(all.size());
      assertThat(found).as("seed %d: a prefix", seed).isEqualTo(all.subList(0, found.size()));
      boolean unsynced = (cut || halfStartedCut) && mode != LogMode.DURABLE;
      if (everLost || unsynced && started && !clean) {
        assertThat(log.loss()).as("seed %d", seed).isNotNull();
      }
      boolean mayBeLost = everLost || unsynced && (!clean || halfStarted);
      everLost = log.loss() != null;
      started = true;
      clean = false;
      halfStarted = false;
      halfStartedCut = false;
      if (mayBeLost && everLost) {
        lost++;
      } else {
        assertThat(log.loss()).as("seed %d", seed).isNull();
        assertThat(found.size())
            .as("seed %d: confirmed", seed)
            .isGreaterThanOrEqualTo(relevant(handed.subList(0, confirmed)).size());
        assertThat(promised(state.records()))
            .as("seed %d", seed)
            .isBetween(promised(handed.subList(0, confirmed)), promised(handed));
        intact++;
      }
      handed = new ArrayList<>(state.records());
      confirmed = handed.size();
      wrote = null;
    }

    private List<Record> relevant(List<Record> records) {
      return records.stream()
          .filter(
              record -> {
                long at = instanceOf(record);
                return at > 0 && at >= below;
              })
          .toList();
    }

    private static long promised(List<Record> records) {
      return records.stream()
          .mapToLong(record -> record instanceof Record.Promised promised ? promised.regency() : 0)
          .max()
          .orElse(0);
    }

    private static long instanceOf(Record record) {
      if (record instanceof Record.Wrote wrote) {
        return wrote.instance();
      } else if (record instanceof Record.Decided decided) {
        return decided.batch().instance();
      }
      return record instanceof Record.Locked locked ? locked.instance() : 0;
    }
  }

  @Test
  void whatWasConfirmedIsReadBack() throws Exception {
    for (long seed = 0; seed < RUNS; seed++) {
      Path directory = temporary.resolve("log-" + seed);
      Files.createDirectories(directory);
      new Run(seed, directory).run();
    }
    assertThat(intact).isGreaterThan(RUNS);
    assertThat(lost).isGreaterThan(RUNS / 8);
    assertThat(closes).isGreaterThan(RUNS / 50); // how often depends on how busy the machine is
    assertThat(confirmedRecords).isGreaterThan(20 * RUNS);
    assertThat(unconfirmedRecords).isGreaterThan(RUNS);
    assertThat(truncations).isGreaterThan(RUNS);
  }

  /** Decisions alone are not forced at once; so a new segment may be on no disk yet. */
  @Test
  void dropsNothingBeforeTheNextSegmentIsOnTheDisk() throws Exception {
    for (long seed = 0; seed < 10; seed++) {
      Path directory = temporary.resolve("log-" + seed);
      CrashDisk disk = new CrashDisk(seed, Long.MAX_VALUE);
      ReplicaLog.create(disk, directory, LogFixture.CLUSTER, 2);
      TestListener listener = new TestListener();
      LogConfig config = LogFixture.DURABLE.withSegmentBytes(4096);
      CrashDisk cut;
      try (ReplicaLog log = ReplicaLog.open(disk, directory, config, listener)) {
        log.start();
        log.append(1, new Record.Promised(7));
        log.flush();
        listener.awaitDurable(1);
        for (long instance = 1; instance <= 10; instance++) {
          log.append(1 + instance, LogFixture.decided(instance, 900));
        }
        log.flush();
        while (log.lastDecision() < 10) {
          listener.awaitChange(1);
        }
        log.truncateBelow(10).get();
        cut = disk.after(true, Long.MAX_VALUE);
      }
      try (ReplicaLog log =
          ReplicaLog.open(cut, directory, config.withBootId("boot-2"), new TestListener())) {
        StartState state = log.start();
        assertThat(log.loss()).as("seed %d", seed).isNull();
        assertThat(state.records()).as("seed %d", seed).contains(new Record.Promised(7));
      }
    }
  }
}
