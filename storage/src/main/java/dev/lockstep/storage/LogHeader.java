package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The synced header of a log, a small file of its own that is replaced in one step (RULES 27).
 * Big-endian:
 *
 * <pre>
 *  0  8    "LSTPLOG" and a zero byte
 *  8  u32  format version, 1
 * 12  32   digest of the configuration, which names the cluster too
 * 44  i32  replica
 * 48  u8   state: 0 CREATED, 1 OPEN, 2 CLEAN
 * 49  u8   mode of the last start: 0 DURABLE, 1 MEMORY, 2 ASYNC
 * 50  i64  number of the first segment
 * 58  i64  synced: records up to this ordinal were on the disk itself
 * 66  i64  lostAt: first ordinal after the votes were lost, or 0
 * 74  u8   length of the boot id, then the boot id in ASCII
 *     u32  CRC32C of everything before
 * </pre>
 *
 * <p>Every version begins with magic and version and ends with the checksum.
 *
 * <p>The votes count as lost while {@code lostAt} is not 0 and no MUTED record with that ordinal or
 * a later one is in the log: the replica has taken no new incarnation yet.
 */
record LogHeader(
    Digest configuration,
    int replica,
    State state,
    LogMode mode,
    long firstSegment,
    long synced,
    long lostAt,
    String bootId) {
  enum State {
    /** Made by {@code init}, never started. */
    CREATED,
    /** In use, or killed while it was. */
    OPEN,
    /** Shut down in order, everything synced. */
    CLEAN
  }

  static final String NAME = "log.header";

  private static final String TEMPORARY = "log.header.tmp";
  private static final long MAGIC = 0x4c53_5450_4c4f_4700L;
  private static final int VERSION = 1;
  private static final int FIXED_BYTES = 75;
  private static final int MOST_BYTES = FIXED_BYTES + 255 + 4;

  LogHeader withState(State newState, long newSynced) {
    return new LogHeader(
        configuration, replica, newState, mode, firstSegment, newSynced, lostAt, bootId);
  }

  LogHeader withFirstSegment(long number, long newSynced, long newLostAt) {
    return new LogHeader(configuration, replica, state, mode, number, newSynced, newLostAt, bootId);
  }

  private byte[] encode() {
    byte[] boot = bootId.getBytes(StandardCharsets.US_ASCII);
    int bootBytes = Math.min(255, boot.length);
    ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + bootBytes + 4);
    out.putLong(MAGIC).putInt(VERSION);
    SegmentHeader.putDigest(out, configuration);
    out.putInt(replica).put((byte) state.ordinal()).put((byte) mode.ordinal());
    out.putLong(firstSegment).putLong(synced).putLong(lostAt);
    out.put((byte) bootBytes).put(boot, 0, bootBytes);
    out.putInt(Frame.crc(out.array(), 0, out.position()));
    return out.array();
  }

  private static LogHeader parse(byte[] bytes, Path path) throws LogException {
    int end = bytes.length - 4;
    if (end < FIXED_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getLong() != MAGIC || in.getInt(end) != Frame.crc(bytes, 0, end)) {
      return null;
    }
    int version = in.getInt();
    if (version != VERSION) {
      throw new LogException(
          path
              + " has format version "
              + version
              + ", but this program reads version "
              + VERSION
              + "; start the program that wrote it");
    }
    int bootBytes = bytes[FIXED_BYTES - 1] & 0xff;
    if (end != FIXED_BYTES + bootBytes) {
      return null;
    }
    Digest configuration = SegmentHeader.getDigest(in);
    int replica = in.getInt();
    int state = in.get();
    int mode = in.get();
    if (state < 0
        || state >= State.values().length
        || mode < 0
        || mode >= LogMode.values().length) {
      return null;
    }
    return new LogHeader(
        configuration,
        replica,
        State.values()[state],
        LogMode.values()[mode],
        in.getLong(),
        in.getLong(),
        in.getLong(),
        new String(bytes, FIXED_BYTES, bootBytes, StandardCharsets.US_ASCII));
  }

  /** The header in a directory, or null if there is none or it cannot be trusted. */
  static LogHeader read(Disk disk, Path directory) throws IOException {
    Path path = directory.resolve(NAME);
    try (DiskFile file = disk.openReadOnly(path)) {
      if (file.size() > MOST_BYTES) {
        return null;
      }
      ByteBuffer in = ByteBuffer.allocate((int) file.size());
      file.read(in, 0);
      return parse(in.array(), path);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Returns when the header, and the name of the file, is on the disk itself. */
  void write(Disk disk, Path directory) throws IOException {
    Path temporary = directory.resolve(TEMPORARY);
    try (DiskFile file = disk.create(temporary)) {
      file.write(ByteBuffer.wrap(encode()), 0);
      file.force();
    }
    disk.rename(temporary, directory.resolve(NAME));
    disk.syncDirectory(directory);
  }
}
