package dev.lockstep.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reads one segment from a position on, frame by frame, checking all checksums. */
final class SegmentCursor {
  /** Why there is no further frame. */
  enum Stop {
    /** Zeros, or the end of the file. */
    END,
    /** Something that is no valid frame. */
    BAD
  }

  private static final int BLOCK = 1 << 18;

  private final DiskFile file;
  private final long nonce;
  private final long size;
  private byte[] block = new byte[0];
  private long blockStart;

  private long position;
  private Frame frame;
  private byte[] payload;
  private Stop stop;

  SegmentCursor(DiskFile file, long nonce, long position) throws IOException {
    this.file = file;
    this.nonce = nonce;
    this.size = file.size();
    this.position = position;
  }

  /** Steps to the next frame; false at the end or at something bad, see {@link #stop}. */
  boolean next() throws IOException {
    byte[] header = bytes(position, Frame.HEADER_BYTES);
    frame = Frame.parse(header, 0, position, nonce);
    if (frame == null || frame.end() > size) {
      stop = frame == null && isZero(header) ? Stop.END : Stop.BAD;
      return false;
    }
    byte[] rest = bytes(frame.payloadOffset(), frame.length() + 1);
    if (!frame.isWhole(rest)) {
      stop = Stop.BAD;
      return false;
    }
    payload = new byte[frame.length()];
    System.arraycopy(rest, 0, payload, 0, payload.length);
    position = frame.end();
    return true;
  }

  Frame frame() {
    return frame;
  }

  byte[] payload() {
    return payload;
  }

  /** Where the next frame starts, or where none does. */
  long position() {
    return position;
  }

  Stop stop() {
    return stop;
  }

  /**
   * Whether everything behind what stands at {@link #position} looks as a killed process leaves it:
   * the beginning of a frame and then nothing.
   */
  boolean isTorn() throws IOException {
    byte[] header = bytes(position, Frame.HEADER_BYTES);
    Frame begun = Frame.parse(header, 0, position, nonce);
    long from =
        begun == null
            ? position + Frame.HEADER_END_OFFSET
            : Math.min(size, begun.payloadOffset() + begun.length());
    return isZeroFrom(from);
  }

  /**
   * Whether behind this position stands a valid header of a frame with this ordinal or a later one,
   * written when records up to {@code synced} at least were on the disk itself.
   */
  boolean hasLater(long ordinal, long synced) throws IOException {
    for (long at = position; at + Frame.HEADER_BYTES <= size; at += BLOCK) {
      byte[] piece = bytes(at, (int) Math.min(BLOCK + Frame.HEADER_BYTES - 1L, size - at));
      for (int i = 0; i + Frame.HEADER_BYTES <= piece.length; i++) {
        if (piece[i + Frame.HEADER_END_OFFSET] == Frame.HEADER_END) {
          Frame found = Frame.parse(piece, i, at + i, nonce);
          if (found != null && found.ordinal() >= ordinal && found.synced() >= synced) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private boolean isZeroFrom(long from) throws IOException {
    for (long at = from; at < size; at += BLOCK) {
      if (!isZero(bytes(at, (int) Math.min(BLOCK, size - at)))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** What lies behind the end of the file reads as zeros. */
  private byte[] bytes(long from, int length) throws IOException {
    byte[] out = new byte[length];
    if (from >= blockStart && from + length <= blockStart + block.length) {
      System.arraycopy(block, (int) (from - blockStart), out, 0, length);
      return out;
    }
    if (length >= BLOCK) {
      file.read(ByteBuffer.wrap(out), from);
      return out;
    }
    byte[] fresh = new byte[(int) Math.max(length, Math.min(BLOCK, size - from))];
    file.read(ByteBuffer.wrap(fresh), from);
    block = fresh;
    blockStart = from;
    System.arraycopy(block, 0, out, 0, length);
    return out;
  }

  /** A frame and its payload. */
  record Found(Frame frame, byte[] payload) {}

  /** The frame at an offset, or null if there is none; reads no more than that. */
  static Found at(DiskFile file, long nonce, long offset) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
    file.read(header, offset);
    Frame frame = Frame.parse(header.array(), 0, offset, nonce);
    if (frame == null || frame.end() > file.size()) {
      return null;
    }
    ByteBuffer rest = ByteBuffer.allocate(frame.length() + 1);
    file.read(rest, frame.payloadOffset());
    return frame.isWhole(rest.array())
        ? new Found(frame, Arrays.copyOf(rest.array(), frame.length()))
        : null;
  }
}
