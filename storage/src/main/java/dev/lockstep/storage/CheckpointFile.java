package dev.lockstep.storage;

import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The layout of a checkpoint's file, complete or not. Big-endian:
 *
 * <pre>
 *  0  8    "LSTPCKP" and a zero byte
 *  8  u32  format version, 1
 * 12  32   digest that names the cluster
 * 44  i64  instance
 * 52  u32  CRC32C of bytes 0 to 51
 * 56  ..   content
 *     ..   manifest, written last
 *     u32  length of the manifest
 *     u32  CRC32C of the manifest
 *     8    "LSTPEND" and a zero byte
 * </pre>
 */
final class CheckpointFile {
  static final int CONTENT = 56;

  private static final long MAGIC = 0x4c53_5450_434b_5000L;
  private static final long END_MAGIC = 0x4c53_5450_454e_4400L;
  private static final int VERSION = 1;
  private static final int CRC_COVERS = 52;
  private static final int TRAILER = 16;

  private CheckpointFile() {}

  static void writeHeader(DiskFile file, Digest cluster, long instance) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(CONTENT);
    out.putLong(MAGIC).putInt(VERSION);
    SegmentHeader.putDigest(out, cluster);
    out.putLong(instance).putInt(Frame.crc(out.array(), 0, CRC_COVERS));
    file.write(out.flip(), 0);
  }

  /** Afterwards the file only needs to be forced. */
  static void writeManifest(DiskFile file, CheckpointManifest manifest) throws IOException {
    byte[] bytes = manifest.encode();
    ByteBuffer out = ByteBuffer.allocate(bytes.length + TRAILER);
    out.put(bytes).putInt(bytes.length).putInt(Frame.crc(bytes, 0, bytes.length));
    out.putLong(END_MAGIC);
    file.write(out.flip(), CONTENT + manifest.totalBytes());
  }

  /** Null if the file is not a complete checkpoint of that cluster and instance. */
  static CheckpointManifest readManifest(DiskFile file, Digest cluster, long instance)
      throws IOException {
    long size = file.size();
    if (size < CONTENT + TRAILER) {
      return null;
    }
    ByteBuffer header = read(file, 0, CONTENT);
    ByteBuffer trailer = read(file, size - TRAILER, TRAILER);
    int length = trailer.getInt();
    if (header.getLong() != MAGIC
        || header.getInt() != VERSION
        || !SegmentHeader.getDigest(header).equals(cluster)
        || header.getLong() != instance
        || header.getInt() != Frame.crc(header.array(), 0, CRC_COVERS)
        || length < 0
        || length > size - TRAILER - CONTENT) {
      return null;
    }
    byte[] bytes = read(file, size - TRAILER - length, length).array();
    if (trailer.getInt() != Frame.crc(bytes, 0, length) || trailer.getLong() != END_MAGIC) {
      return null;
    }
    try {
      CheckpointManifest manifest = CheckpointManifest.decode(bytes);
      boolean fits =
          manifest.instance() == instance
              && CONTENT + manifest.totalBytes() + length + TRAILER == size;
      return fits ? manifest : null;
    } catch (DecodeException e) {
      return null;
    }
  }

  /** A piece, or null if it is not what the manifest says. */
  static byte[] readPiece(DiskFile file, CheckpointManifest manifest, int index)
      throws IOException {
    byte[] piece = read(file, offset(index), manifest.pieceBytes(index)).array();
    return Digest.hash(piece).equals(manifest.pieces().get(index)) ? piece : null;
  }

  static long offset(int index) {
    return CONTENT + (long) index * CheckpointManifest.PIECE_BYTES;
  }

  /** What lies behind the end of the file reads as zeros. */
  private static ByteBuffer read(DiskFile file, long offset, int length) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(length);
    file.read(in, offset);
    return in.rewind();
  }
}
