package dev.lockstep.protocol.bytes;

import java.util.Arrays;

/**
 * An immutable byte string with value equality, for operations, results and signatures. The
 * constructor does not copy: whoever makes one gives the array away.
 */
public final class Bytes {
  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] array;

  public Bytes(byte[] array) {
    this.array = array;
  }

  public int length() {
    return array.length;
  }

  /** The array itself, to be read only. */
  public byte[] array() {
    return array;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(array, that.array);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(array);
  }

  @Override
  public String toString() {
    return array.length + " bytes";
  }
}
