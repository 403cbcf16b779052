package dev.lockstep.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bytes of version 1. Disks hold such bytes, so a difference is never repaired by writing the
 * files anew, unless nothing was released yet: it needs a new version, whose files stand beside
 * these. They are written only with {@code -Dlockstep.writeGolden}.
 */
class GoldenFilesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final long NONCE = 0x0123_4567_89ab_cdefL;
  private static final int LINE = 64;

  @TempDir Path directory;
  private final CrashDisk disk = new CrashDisk(0, Long.MAX_VALUE);

  private static final class FixedHost implements LogAppender.Host {
    @Override
    public long synced() {
      return 3;
    }

    @Override
    public long nonce() {
      return NONCE;
    }

    @Override
    public void onBegun(Segment segment) {}

    @Override
    public void onWritten(Segment segment) {}
  }

  private static List<Record> records() {
    List<Record> records = new ArrayList<>();
    records.add(new Record.Promised(4));
    records.add(new Record.Incarnation(1, 2, new Bytes(new byte[] {0x51, 0x52})));
    records.add(new Record.Muted(1, 9));
    records.addAll(LogFixture.history(10, 11, 5));
    records.add(LogFixture.decided(12, 3));
    return records;
  }

  private static StandingRecords standing() {
    StandingRecords standing = new StandingRecords();
    standing.add(new Record.Promised(3));
    return standing;
  }

  private static LogHeader header() {
    return new LogHeader(
        LogFixture.CLUSTER, 2, LogHeader.State.OPEN, LogMode.MEMORY, 7, 41, 0, "boot-1");
  }

  private byte[] writtenSegment() throws IOException {
    LogAppender appender =
        new LogAppender(
            disk,
            directory,
            LogFixture.MEMORY,
            new DecisionIndex(),
            new FixedHost(),
            standing(),
            null,
            0,
            6,
            40);
    for (Record record : records()) {
      appender.append(record);
    }
    appender.write();
    return disk.get(directory.resolve(Segment.name(7)));
  }

  private byte[] writtenHeader() throws IOException {
    header().write(disk, directory);
    return disk.get(directory.resolve(LogHeader.NAME));
  }

  private byte[] writtenCheckpoint() throws IOException {
    try (CheckpointWriter writer =
        CheckpointStore.open(disk, directory, LogFixture.CLUSTER).begin(42)) {
      writer.content().write(new byte[] {1, 2, 3, 4, 5, 6, 7});
      writer.complete(new Bytes(new byte[] {9, 8}));
      writer.publish();
    }
    return disk.get(directory.resolve("checkpoint-0000000000000000042.ckpt"));
  }

  private static byte[] golden(String name, byte[] written) throws IOException {
    Path path = GOLDEN.resolve(name);
    if (System.getProperty("lockstep.writeGolden") != null) {
      Files.createDirectories(GOLDEN);
      String hex = HexFormat.of().formatHex(written);
      List<String> lines = new ArrayList<>();
      for (int at = 0; at < hex.length(); at += LINE) {
        lines.add(hex.substring(at, Math.min(hex.length(), at + LINE)));
      }
      Files.write(path, lines);
    }
    return HexFormat.of().parseHex(String.join("", Files.readAllLines(path)));
  }

  @Test
  void filesKeepTheirBytes() throws IOException {
    byte[] segment = writtenSegment();
    assertThat(segment).isEqualTo(golden("segment-v1.hex", segment));
    byte[] header = writtenHeader();
    assertThat(header).isEqualTo(golden("log-header-v1.hex", header));
    byte[] checkpoint = writtenCheckpoint();
    assertThat(checkpoint).isEqualTo(golden("checkpoint-v1.hex", checkpoint));
  }

  @Test
  void goldenFilesCanBeRead() throws IOException {
    disk.put(directory.resolve(Segment.name(7)), golden("segment-v1.hex", writtenSegment()));
    disk.put(directory.resolve(LogHeader.NAME), golden("log-header-v1.hex", writtenHeader()));
    disk.put(
        directory.resolve("checkpoint-0000000000000000042.ckpt"),
        golden("checkpoint-v1.hex", writtenCheckpoint()));
    try (ReplicaLog log = ReplicaLog.open(disk, directory, LogFixture.MEMORY, new TestListener())) {
      List<Record> expected = new ArrayList<>();
      expected.add(new Record.Promised(3));
      expected.addAll(records());
      assertThat(log.start()).isEqualTo(new StartState(StartState.Kind.INTACT, expected));
      assertThat(log.readDecisions(11, 1)).containsExactly(LogFixture.decided(11, 5));
    }
    try (CheckpointReader reader =
        CheckpointStore.open(disk, directory, LogFixture.CLUSTER).openNewest()) {
      assertThat(reader.content().readAllBytes()).containsExactly(1, 2, 3, 4, 5, 6, 7);
      assertThat(reader.manifest().head()).isEqualTo(new Bytes(new byte[] {9, 8}));
    }
  }

  @Test
  void aLaterVersionIsRefusedWithASentence() throws Exception {
    byte[] header = writtenHeader();
    header[11] = 2;
    int end = header.length - 4;
    ByteBuffer.wrap(header).putInt(end, Frame.crc(header, 0, end));
    disk.put(directory.resolve(LogHeader.NAME), header);
    assertThatThrownBy(
            () -> ReplicaLog.open(disk, directory, LogFixture.MEMORY, new TestListener()))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("has format version 2, but this program reads version 1");
  }
}
