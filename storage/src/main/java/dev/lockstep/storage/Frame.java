package dev.lockstep.storage;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * What surrounds a record in a segment. Big-endian:
 *
 * <pre>
 *  0  u32  length of the payload
 *  4  u8   type: that of the record, 64 to 69 (see RecordCodec), or 1 or 2
 *  5  i64  ordinal: 1 for the first record of the log, then ascending by one
 * 13  i64  synced: highest ordinal that was on the disk itself when this was written
 * 21  i64  instance, or 0
 * 29  u32  CRC32C of the payload
 * 33  u32  CRC32C of the segment's nonce and bytes 0 to 32
 * 37  u8   HEADER_END
 * 38  ..   payload
 *     u8   FRAME_END
 * </pre>
 *
 * <p>The two end marks are not zero and what follows the last frame is zero or the end of the file.
 * So a frame of which only a beginning was written (a torn write) can be told from one that was
 * whole and then changed. {@code synced} tells a write that was lost in a power cut from one that
 * was on the disk and is not any more. The nonce keeps clients from writing what looks like a
 * header into their operations.
 *
 * @param offset of the frame in its segment
 */
record Frame(
    long offset, int length, int type, long ordinal, long synced, long instance, int payloadCrc) {
  /** A decision whose batch and bodies stand in a WROTE record: see {@link DecisionReference}. */
  static final int DECIDED_REFERENCE = 1;

  /**
   * A PROMISED, INCARNATION or MUTED record that was valid when the segment was begun, repeated so
   * that older segments can be dropped. Payload: the bytes of RecordCodec.
   */
  static final int STANDING = 2;

  static final int WROTE = 64;
  static final int DECIDED = 67;
  static final int MUTED = 69;

  static final int HEADER_BYTES = 38;
  static final int OVERHEAD_BYTES = HEADER_BYTES + 1;
  static final int HEADER_END_OFFSET = 37;
  static final byte HEADER_END = (byte) 0xa5;
  static final byte FRAME_END = (byte) 0x5a;

  private static final int CRC_COVERS = 33;

  /** The type of frame that holds an encoded record as it is. */
  static int typeOf(byte[] record) {
    return record[1];
  }

  boolean isDecision() {
    return type == DECIDED || type == DECIDED_REFERENCE;
  }

  /** Offset behind the frame. */
  long end() {
    return offset + OVERHEAD_BYTES + length;
  }

  /** Offset of the payload. */
  long payloadOffset() {
    return offset + HEADER_BYTES;
  }

  /** The header of a frame, 38 bytes. */
  static byte[] header(
      byte[] payload, int type, long ordinal, long synced, long instance, long nonce) {
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES);
    out.putInt(payload.length).put((byte) type).putLong(ordinal).putLong(synced).putLong(instance);
    out.putInt(crc(payload, 0, payload.length));
    out.putInt(headerCrc(out.array(), 0, nonce));
    out.put(HEADER_END);
    return out.array();
  }

  /** The header that starts at a position of the bytes, or null if there is no valid one. */
  static Frame parse(byte[] bytes, int position, long offset, long nonce) {
    if (bytes.length - position < HEADER_BYTES
        || bytes[position + HEADER_END_OFFSET] != HEADER_END) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, position, HEADER_BYTES);
    Frame frame =
        new Frame(
            offset, in.getInt(), in.get(), in.getLong(), in.getLong(), in.getLong(), in.getInt());
    boolean valid =
        in.getInt() == headerCrc(bytes, position, nonce)
            && frame.length >= 0
            && frame.ordinal > 0
            && frame.instance >= 0;
    return valid ? frame : null;
  }

  /** Whether payload and end mark, {@code length + 1} bytes, are those that were written. */
  boolean isWhole(byte[] payloadAndEnd) {
    return payloadAndEnd[length] == FRAME_END && crc(payloadAndEnd, 0, length) == payloadCrc;
  }

  private static int headerCrc(byte[] bytes, int from, long nonce) {
    CRC32C crc = new CRC32C();
    for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      crc.update((int) (nonce >>> shift));
    }
    crc.update(bytes, from, CRC_COVERS);
    return (int) crc.getValue();
  }

  static int crc(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
