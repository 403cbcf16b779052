package dev.lockstep.services.command;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote from bytes that may be anything. Every length is checked
 * against its limit and against what is left before something is allocated for it. Not thread-safe.
 */
public final class ByteReader {
  private final byte[] input;
  private int position; // invariant: 0 <= position <= input.length

  /** The array must not change while it is read. */
  public ByteReader(byte[] input) {
    this.input = input;
  }

  private RefusedException malformed(String reason) {
    return new RefusedException(Status.MALFORMED, reason + " (at byte " + position + ").");
  }

  private void need(int more) throws RefusedException {
    if (input.length - position < more) {
      throw malformed(
          "The bytes end too early: " + more + " needed, " + (input.length - position) + " left");
    }
  }

  public int u8() throws RefusedException {
    need(1);
    return input[position++] & 0xff;
  }

  public boolean flag() throws RefusedException {
    int value = u8();
    if (value > 1) {
      throw malformed("A flag is " + value + " instead of 0 or 1");
    }
    return value == 1;
  }

  public int i32() throws RefusedException {
    need(4);
    int value = 0;
    for (int i = 0; i < 4; i++) {
      value = value << 8 | input[position++] & 0xff;
    }
    return value;
  }

  public long i64() throws RefusedException {
    long high = i32();
    return high << 32 | i32() & 0xffffffffL;
  }

  /** At most {@code most} bytes. */
  public byte[] bytes(int most) throws RefusedException {
    int length = i32();
    if (length < 0 || length > most) {
      throw malformed("A length is " + length + " but must be from 0 to " + most);
    }
    need(length);
    byte[] value = Arrays.copyOfRange(input, position, position + length);
    position += length;
    return value;
  }

  /** At most {@code most} bytes that are well-formed UTF-8, as bytes. */
  public byte[] text(int most) throws RefusedException {
    byte[] value = bytes(most);
    for (byte b : value) {
      if (b < 0) {
        checkUtf8(value);
        break;
      }
    }
    return value;
  }

  /** At most {@code most} bytes that are well-formed UTF-8, decoded. */
  public String string(int most) throws RefusedException {
    return new String(text(most), StandardCharsets.UTF_8);
  }

  private void checkUtf8(byte[] value) throws RefusedException {
    try {
      // A new decoder reports malformed input, where String would replace it.
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value));
    } catch (CharacterCodingException e) {
      throw malformed("A text is not well-formed UTF-8");
    }
  }

  /**
   * The number of elements of a list.
   *
   * @param elementBytes the fewest bytes that an element takes, at least 1
   */
  public int count(int elementBytes) throws RefusedException {
    int count = i32();
    if (count < 0 || count > (input.length - position) / elementBytes) {
      throw malformed("A list claims " + count + " elements but there is no room for them");
    }
    return count;
  }

  /** Checks that everything has been read. */
  public void end() throws RefusedException {
    if (position != input.length) {
      throw malformed((input.length - position) + " bytes follow the last field");
    }
  }
}
