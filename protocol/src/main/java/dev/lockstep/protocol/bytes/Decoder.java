package dev.lockstep.protocol.bytes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads what {@link Encoder} wrote, and nothing else: of all byte strings only the canonical one of
 * a value is accepted (RULES 37). The bytes come from outside and may be anything. Every read
 * checks that the bytes are there, and every length and count is checked against its limit and
 * against what remains before anything is allocated for it; so what is allocated is bounded by the
 * length of the input, times a small constant. Not thread-safe.
 */
public final class Decoder {
  /** Reads one element of a list. */
  @FunctionalInterface
  public interface Element<T> {
    T read(Decoder in) throws DecodeException;
  }

  private final byte[] input;
  private final CodecLimits limits;
  private int position; // invariant: 0 <= position <= input.length

  /** The decoder reads the array itself; nobody may write to it until decoding is done. */
  public Decoder(byte[] input, CodecLimits limits) {
    this.input = input;
    this.limits = limits;
  }

  public CodecLimits limits() {
    return limits;
  }

  public int remaining() {
    return input.length - position;
  }

  /** The exception that refuses the input for what was read last. */
  public DecodeException refuse(String reason) {
    return new DecodeException(reason + ", before byte " + position + " of " + input.length);
  }

  private void need(int bytes) throws DecodeException {
    if (remaining() < bytes) {
      throw refuse(bytes + " more bytes wanted, only " + remaining() + " left");
    }
  }

  /** An unsigned byte. */
  public int u8() throws DecodeException {
    need(1);
    return input[position++] & 0xff;
  }

  public boolean flag() throws DecodeException {
    int value = u8();
    if (value > 1) {
      throw refuse("flag is " + value + ", not 0 or 1");
    }
    return value == 1;
  }

  /** A constant of an enumeration, by its ordinal. */
  public <E> E oneOf(E[] constants, String what) throws DecodeException {
    int ordinal = u8();
    if (ordinal >= constants.length) {
      throw refuse("unknown " + what + " " + ordinal);
    }
    return constants[ordinal];
  }

  public int i32() throws DecodeException {
    need(4);
    int value =
        (input[position] & 0xff) << 24
            | (input[position + 1] & 0xff) << 16
            | (input[position + 2] & 0xff) << 8
            | (input[position + 3] & 0xff);
    position += 4;
    return value;
  }

  public long i64() throws DecodeException {
    need(8);
    return (long) i32() << 32 | (i32() & 0xffffffffL);
  }

  public Digest digest() throws DecodeException {
    need(Digest.BYTES);
    return new Digest(i64(), i64(), i64(), i64());
  }

  /** A length-prefixed byte string of at most {@code most} bytes. */
  public Bytes bytes(int most, String what) throws DecodeException {
    int length = i32();
    if (length < 0 || length > most) {
      throw refuse(what + " of " + length + " bytes, not 0 to " + most);
    }
    need(length);
    if (length == 0) {
      return Bytes.EMPTY;
    }
    byte[] copy = Arrays.copyOfRange(input, position, position + length);
    position += length;
    return new Bytes(copy);
  }

  /**
   * A counted list of at most {@code most} elements.
   *
   * @param leastBytes what the shortest element takes, more than 0; a count that the remaining
   *     bytes cannot hold is refused at once
   */
  public <T> List<T> list(int most, int leastBytes, String what, Element<T> element)
      throws DecodeException {
    int count = i32();
    if (count < 0 || count > most) {
      throw refuse(count + " " + what + ", not 0 to " + most);
    }
    if (count > remaining() / leastBytes) {
      throw refuse(count + " " + what + " do not fit the " + remaining() + " bytes left");
    }
    List<T> list = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      list.add(element.read(this));
    }
    return list;
  }

  /** To be called last: bytes that nobody reads are not canonical. */
  public void end() throws DecodeException {
    if (remaining() > 0) {
      throw refuse(remaining() + " bytes too many");
    }
  }
}
