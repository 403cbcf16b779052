package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The beginning of a segment. Big-endian:
 *
 * <pre>
 *  0  8    "LSTPSEG" and a zero byte
 *  8  u32  format version, 1
 * 12  32   digest that names the cluster
 * 44  i32  replica
 * 48  i64  number of the segment, from 1
 * 56  i64  ordinal of the first record
 * 64  i64  synced, as in a frame
 * 72  i64  nonce, random, see a frame
 * 80  u32  CRC32C of bytes 0 to 79
 * </pre>
 */
record SegmentHeader(
    Digest cluster, int replica, long number, long firstOrdinal, long synced, long nonce) {
  static final int BYTES = 84;

  private static final long MAGIC = 0x4c53_5450_5345_4700L;
  private static final int VERSION = 1;
  private static final int CRC_COVERS = 80;

  byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putInt(VERSION);
    putDigest(out, cluster);
    out.putInt(replica).putLong(number).putLong(firstOrdinal).putLong(synced).putLong(nonce);
    out.putInt(Frame.crc(out.array(), 0, CRC_COVERS));
    return out.array();
  }

  /** The header of a file, or null as in {@link #parse}. */
  static SegmentHeader read(DiskFile file) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(BYTES);
    return file.read(in, 0) == BYTES ? parse(in.array()) : null;
  }

  /** The header, or null if the bytes are none or belong to a version that is not known here. */
  static SegmentHeader parse(byte[] bytes) {
    if (bytes.length < BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getLong() != MAGIC
        || in.getInt() != VERSION
        || in.getInt(CRC_COVERS) != Frame.crc(bytes, 0, CRC_COVERS)) {
      return null;
    }
    return new SegmentHeader(
        getDigest(in), in.getInt(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  static void putDigest(ByteBuffer out, Digest digest) {
    out.putLong(digest.a()).putLong(digest.b()).putLong(digest.c()).putLong(digest.d());
  }

  static Digest getDigest(ByteBuffer in) {
    return new Digest(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }
}
