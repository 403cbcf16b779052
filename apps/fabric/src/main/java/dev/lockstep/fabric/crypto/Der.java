package dev.lockstep.fabric.crypto;

import java.math.BigInteger;
import java.util.Arrays;

/** The few elements of DER that block headers and signatures are made of. */
public final class Der {
  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int LONG_FORM = 0x80;

  private Der() {}

  /** An integer in its shortest form. */
  public static byte[] integer(BigInteger number) {
    return element(INTEGER, number.toByteArray());
  }

  /** A string of bytes. */
  public static byte[] octets(byte[] bytes) {
    return element(OCTET_STRING, bytes);
  }

  /** A sequence of elements, which are DER already. */
  public static byte[] sequence(byte[]... elements) {
    return element(SEQUENCE, concat(elements));
  }

  private static byte[] concat(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static byte[] element(int tag, byte[] content) {
    byte[] length = length(content.length);
    byte[] bytes = new byte[1 + length.length + content.length];
    bytes[0] = (byte) tag;
    System.arraycopy(length, 0, bytes, 1, length.length);
    System.arraycopy(content, 0, bytes, 1 + length.length, content.length);
    return bytes;
  }

  private static byte[] length(int length) {
    if (length < LONG_FORM) {
      return new byte[] {(byte) length};
    }
    byte[] minimal = BigInteger.valueOf(length).toByteArray();
    int skip = minimal[0] == 0 ? 1 : 0;
    byte[] bytes = new byte[1 + minimal.length - skip];
    bytes[0] = (byte) (LONG_FORM | (minimal.length - skip));
    System.arraycopy(minimal, skip, bytes, 1, minimal.length - skip);
    return bytes;
  }

  /**
   * Reads a sequence that starts with two integers of at most so many bytes. What follows them, in
   * the sequence and behind it, is ignored, as the peers do. Null if there is no such thing.
   */
  public static BigInteger[] twoIntegersOrNull(byte[] bytes, int maxBytes) {
    Reader outer = new Reader(bytes, 0, bytes.length);
    Reader inner = outer.elementOrNull(SEQUENCE);
    if (inner == null) {
      return null;
    }
    BigInteger first = inner.integerOrNull(maxBytes);
    BigInteger second = first == null ? null : inner.integerOrNull(maxBytes);
    return second == null ? null : new BigInteger[] {first, second};
  }

  /** Reads elements one after the other; short form and minimal long form of lengths. */
  private static final class Reader {
    private final byte[] bytes;
    private int at;
    private final int end;

    Reader(byte[] bytes, int at, int end) {
      this.bytes = bytes;
      this.at = at;
      this.end = end;
    }

    private Reader elementOrNull(int tag) {
      if (at >= end || (bytes[at] & 0xff) != tag) {
        return null;
      }
      at++;
      int length = lengthOrMinusOne();
      if (length < 0 || length > end - at) {
        return null;
      }
      Reader content = new Reader(bytes, at, at + length);
      at += length;
      return content;
    }

    private int lengthOrMinusOne() {
      if (at >= end) {
        return -1;
      }
      int first = bytes[at++] & 0xff;
      if (first < LONG_FORM) {
        return first;
      }
      int count = first & ~LONG_FORM;
      // Three bytes are more than any signature has.
      if (count == 0 || count > 3 || count > end - at || bytes[at] == 0) {
        return -1;
      }
      int length = 0;
      for (int i = 0; i < count; i++) {
        length = length << 8 | bytes[at++] & 0xff;
      }
      return length < LONG_FORM ? -1 : length;
    }

    private BigInteger integerOrNull(int maxBytes) {
      Reader content = elementOrNull(INTEGER);
      if (content == null) {
        return null;
      }
      int length = content.end - content.at;
      if (length == 0 || length > maxBytes || !content.isMinimal(length)) {
        return null;
      }
      return new BigInteger(Arrays.copyOfRange(bytes, content.at, content.end));
    }

    private boolean isMinimal(int length) {
      if (length == 1) {
        return true;
      }
      boolean negative = bytes[at + 1] < 0;
      return bytes[at] != (negative ? -1 : 0);
    }
  }
}
