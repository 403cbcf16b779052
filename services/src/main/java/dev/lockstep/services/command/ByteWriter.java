package dev.lockstep.services.command;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes fields one after the other. Not thread-safe. */
public final class ByteWriter {
  private byte[] bytes = new byte[64];
  private int size;

  /** Makes room for {@code more} bytes and returns where they start. */
  private int grow(int more) {
    int start = size;
    size = Math.addExact(size, more);
    if (size > bytes.length) {
      bytes =
          Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(size, 2L * start)));
    }
    return start;
  }

  public ByteWriter u8(int value) {
    int at = grow(1);
    bytes[at] = (byte) value;
    return this;
  }

  public ByteWriter flag(boolean value) {
    return u8(value ? 1 : 0);
  }

  public ByteWriter i32(int value) {
    int at = grow(4);
    putI32(at, value);
    return this;
  }

  public ByteWriter i64(long value) {
    int at = grow(8);
    putI32(at, (int) (value >>> 32));
    putI32(at + 4, (int) value);
    return this;
  }

  public ByteWriter bytes(byte[] value) {
    i32(value.length);
    int at = grow(value.length);
    System.arraycopy(value, 0, bytes, at, value.length);
    return this;
  }

  /**
   * @throws IllegalArgumentException for a text with half a surrogate pair, which UTF-8 has no
   *     encoding for
   */
  public ByteWriter text(String value) {
    if (value.chars().anyMatch(c -> Character.isSurrogate((char) c))
        && !StandardCharsets.UTF_8.newEncoder().canEncode(value)) {
      throw new IllegalArgumentException(
          "The text \"" + value + "\" has half a surrogate pair in it: it is not Unicode.");
    }
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Overwrites four bytes that were written before, for counts that are known later.
   *
   * @param at what {@link #size} was before the field was written
   */
  public void putI32(int at, int value) {
    bytes[at] = (byte) (value >>> 24);
    bytes[at + 1] = (byte) (value >>> 16);
    bytes[at + 2] = (byte) (value >>> 8);
    bytes[at + 3] = (byte) value;
  }

  /** Overwrites a flag that was written before, as {@link #putI32} does. */
  public void putFlag(int at, boolean value) {
    bytes[at] = (byte) (value ? 1 : 0);
  }

  /** How many bytes have been written. */
  public int size() {
    return size;
  }

  /** What has been written, as an array of its own. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }
}
