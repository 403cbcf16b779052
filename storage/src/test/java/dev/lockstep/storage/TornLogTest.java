package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start makes of files that are not as they were written. */
class TornLogTest {
  private static final List<Record> RECORDS = LogFixture.history(2, 10);

  @TempDir Path temporary;
  private Path directory;

  /**
   * The only segment as it was when the process was killed, and its length without RECORDS' last.
   */
  private byte[] segment;

  private int lastFrame;
  private int starts;

  private Path path() {
    return directory.resolve(Segment.name(1));
  }

  @BeforeEach
  void write() throws Exception {
    Path original = temporary.resolve("original");
    directory = temporary.resolve("log");
    ReplicaLog.create(original, LogFixture.CLUSTER, 2);
    TestListener listener = new TestListener();
    try (ReplicaLog log = ReplicaLog.open(original, LogFixture.DURABLE, listener)) {
      log.start();
      for (int i = 0; i < RECORDS.size(); i++) {
        if (i == RECORDS.size() - 1) {
          lastFrame = end(Files.readAllBytes(original.resolve(Segment.name(1))));
        }
        log.append(i + 1, RECORDS.get(i));
        log.flush();
        listener.awaitDurable(i + 1);
      }
      LogFixture.copy(original, directory);
    }
    byte[] all = Files.readAllBytes(path());
    // Some of the preallocated zeros stay, so that both ends of a file are met.
    segment = Arrays.copyOf(all, end(all) + 64);
  }

  private static int end(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }

  private StartState startWith(byte[] bytes, String boot) throws Exception {
    return startWith(Files.readAllBytes(directory.resolve(LogHeader.NAME)), bytes, boot);
  }

  /** In memory: thousands of starts take too long on a real disk. */
  private StartState startWith(byte[] header, byte[] bytes, String boot) throws Exception {
    CrashDisk disk = new CrashDisk(0, Long.MAX_VALUE);
    disk.put(directory.resolve(LogHeader.NAME), header);
    disk.put(path(), bytes);
    StartState state = start(disk, boot);
    if (++starts % 8 == 0) {
      assertThat(start(disk, boot)).as("what was repaired stays so").isEqualTo(state);
    }
    return state;
  }

  private StartState start(String boot) throws IOException {
    return start(Disk.SYSTEM, boot);
  }

  private StartState start(Disk disk, String boot) throws IOException {
    LogConfig config = LogFixture.DURABLE.withBootId(boot);
    try (ReplicaLog log = ReplicaLog.open(disk, directory, config, new TestListener())) {
      return log.start();
    }
  }

  private static List<Record> allBut(int count) {
    return RECORDS.subList(0, RECORDS.size() - count);
  }

  @Test
  void aTornTailIsCutWhereverItTears() throws Exception {
    int end = end(segment);
    for (int at = lastFrame; at < end; at++) {
      for (boolean zeros : new boolean[] {false, true}) {
        for (String boot : List.of("boot-1", "boot-2")) {
          byte[] torn = Arrays.copyOf(segment, at);
          if (zeros) {
            torn = Arrays.copyOf(torn, segment.length);
          }
          assertThat(startWith(torn, boot))
              .as("torn at %d of %d to %d, %s", at, lastFrame, end, boot)
              .isEqualTo(new StartState(StartState.Kind.INTACT, allBut(1)));
        }
      }
    }
    assertThat(startWith(segment, "boot-1"))
        .isEqualTo(new StartState(StartState.Kind.INTACT, RECORDS));
  }

  @Test
  void withinABootEveryFlippedBitOfARecordIsALoss() throws Exception {
    int end = end(segment);
    for (int at = 0; at < end; at++) {
      byte[] flipped = segment.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      StartState state = startWith(flipped, "boot-1");
      assertThat(state.kind()).as("byte %d", at).isEqualTo(StartState.Kind.LOST);
      assertThat(state.records()).isEqualTo(RECORDS.subList(0, state.records().size()));
      if (at >= lastFrame) {
        assertThat(state.records()).hasSize(RECORDS.size() - 1);
      }
    }
  }

  @Test
  void afterAPowerCutEveryFlippedBitOfASyncedRecordIsALoss() throws Exception {
    int end = end(segment);
    for (int at = 0; at < end; at++) {
      byte[] flipped = segment.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      StartState state = startWith(flipped, "boot-2");
      // The last record cannot be told from one that was never synced.
      assertThat(state.kind())
          .as("byte %d", at)
          .isEqualTo(at < lastFrame ? StartState.Kind.LOST : StartState.Kind.INTACT);
      assertThat(state.records()).isEqualTo(RECORDS.subList(0, state.records().size()));
    }
  }

  @Test
  void aCleanShutdownGuardsTheLastRecordToo() throws Exception {
    start("boot-1");
    byte[] flipped = Files.readAllBytes(path());
    flipped[lastFrame + 50] ^= 4;
    Files.write(path(), flipped);
    assertThat(start("boot-2")).isEqualTo(new StartState(StartState.Kind.LOST, allBut(1)));
  }

  @Test
  void noFlippedBitOfTheHeaderPasses() throws Exception {
    byte[] header = Files.readAllBytes(directory.resolve(LogHeader.NAME));
    for (int at = 0; at < header.length; at++) {
      byte[] flipped = header.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      assertThat(startWith(flipped, segment, "boot-1"))
          .isEqualTo(new StartState(StartState.Kind.LOST, RECORDS));
    }
  }

  @Test
  void garbageBehindTheEndDoesNotHurtLater() throws Exception {
    byte[] garbage = segment.clone();
    garbage[garbage.length - 3] = 17;
    Files.write(path(), garbage);
    TestListener listener = new TestListener();
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE, listener)) {
      assertThat(log.start()).isEqualTo(new StartState(StartState.Kind.INTACT, RECORDS));
      log.append(1, new Record.Promised(1));
      log.flush();
      listener.awaitDurable(1);
    }
    assertThat(start("boot-1").records()).hasSize(RECORDS.size() + 1);
  }

  @Test
  void whatIsDamagedIsKeptAside() throws Exception {
    byte[] flipped = segment.clone();
    flipped[lastFrame / 2] ^= 1;
    Files.write(path(), flipped);
    start("boot-1");
    assertThat(Files.readAllBytes(directory.resolve(Segment.name(1) + ".damaged")))
        .isEqualTo(flipped);
    try (ReplicaLog log = ReplicaLog.open(directory, LogFixture.DURABLE, new TestListener())) {
      assertThat(log.loss()).contains("lost before an earlier start");
    }
  }

  @Test
  void aMissingSegmentIsALoss() throws Exception {
    for (int missing = 1; missing <= 4; missing++) {
      for (String boot : List.of("boot-1", "boot-2")) {
        Path own = temporary.resolve("own-" + missing + boot);
        ReplicaLog.create(own, LogFixture.CLUSTER, 2);
        LogConfig config = LogFixture.DURABLE.withSegmentBytes(4096);
        List<Record> records = LogFixture.history(40, 300);
        TestListener listener = new TestListener();
        Path copy = temporary.resolve("copy-" + missing + boot);
        try (ReplicaLog log = ReplicaLog.open(own, config, listener)) {
          log.start();
          for (int i = 0; i < records.size(); i++) {
            log.append(i + 1, records.get(i));
          }
          log.flush();
          listener.awaitDurable(records.size());
          log.append(records.size() + 1, LogFixture.wrote(41, 10));
          log.flush();
          listener.awaitDurable(records.size() + 1);
          LogFixture.copy(own, copy);
        }
        Files.delete(copy.resolve(Segment.name(missing)));
        try (ReplicaLog log = ReplicaLog.open(copy, config.withBootId(boot), new TestListener())) {
          assertThat(log.loss()).contains(Segment.name(missing) + " is missing");
          StartState state = log.start();
          assertThat(state.kind()).isEqualTo(StartState.Kind.LOST);
          assertThat(state.records()).isEqualTo(records.subList(0, state.records().size()));
          assertThat(state.records().size() > 0).isEqualTo(missing > 1);
          // It goes on from there.
          log.append(1, new Record.Muted(1, 100));
        }
        try (ReplicaLog log = ReplicaLog.open(copy, config.withBootId(boot), new TestListener())) {
          assertThat(log.start().kind()).isEqualTo(StartState.Kind.INTACT);
        }
      }
    }
  }

  /** Pages of one unsynced group may reach the disk in any order. */
  @Test
  void aHoleInAnUnsyncedGroupIsTorn() throws Exception {
    Path own = temporary.resolve("own");
    ReplicaLog.create(own, LogFixture.CLUSTER, 2);
    LogConfig config = LogFixture.DURABLE.withSegmentBytes(4096);
    TestListener listener = new TestListener();
    Path copy = temporary.resolve("copy");
    List<Record> first = LogFixture.history(1, 2, 300);
    List<Record> group = LogFixture.history(3, 40, 300);
    int hole;
    Path holed;
    try (ReplicaLog log = ReplicaLog.open(own, config, listener)) {
      log.start();
      long ticket = 0;
      for (Record record : first) {
        log.append(++ticket, record);
      }
      log.flush();
      listener.awaitDurable(ticket);
      List<Path> segments = LogFixture.segments(own);
      holed = segments.get(segments.size() - 1);
      hole = end(Files.readAllBytes(holed));
      for (Record record : group) {
        log.append(++ticket, record);
      }
      log.flush();
      listener.awaitDurable(ticket);
      LogFixture.copy(own, copy);
    }
    Path in = copy.resolve(holed.getFileName());
    byte[] bytes = Files.readAllBytes(in);
    Arrays.fill(bytes, hole, hole + 20, (byte) 0);
    Files.write(in, bytes);
    try (ReplicaLog log = ReplicaLog.open(copy, config.withBootId("boot-2"), new TestListener())) {
      assertThat(log.start()).isEqualTo(new StartState(StartState.Kind.INTACT, first));
      assertThat(LogFixture.segments(copy)).last().isEqualTo(in);
    }
  }

  /** A client may write anything into its operation, but it cannot guess the nonce. */
  @Test
  void bytesOfAClientAreNoFrames() {
    byte[] fake = Frame.header(new byte[0], Frame.WROTE, 1000, 999, 1, 0);
    assertThat(Frame.parse(fake, 0, 0, 0)).isNotNull();
    assertThat(Frame.parse(fake, 0, 0, 1)).isNull();
  }
}
