package dev.lockstep.protocol.bytes;

import java.util.Arrays;

/**
 * Writes canonical bytes: fixed field order, big-endian integers, length-prefixed byte strings
 * (RULES 37). The same value always gives the same bytes, so they can be hashed and signed. Not
 * thread-safe.
 */
public final class Encoder {
  private byte[] buffer;
  private int length;

  public Encoder() {
    this(256);
  }

  public Encoder(int capacity) {
    buffer = new byte[capacity];
  }

  private void ensure(int more) {
    if (buffer.length - length < more) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
    }
  }

  public Encoder u8(int value) {
    ensure(1);
    buffer[length++] = (byte) value;
    return this;
  }

  public Encoder flag(boolean value) {
    return u8(value ? 1 : 0);
  }

  public Encoder i32(int value) {
    ensure(4);
    buffer[length++] = (byte) (value >>> 24);
    buffer[length++] = (byte) (value >>> 16);
    buffer[length++] = (byte) (value >>> 8);
    buffer[length++] = (byte) value;
    return this;
  }

  public Encoder i64(long value) {
    return i32((int) (value >>> 32)).i32((int) value);
  }

  public Encoder digest(Digest value) {
    return i64(value.a()).i64(value.b()).i64(value.c()).i64(value.d());
  }

  public Encoder bytes(Bytes value) {
    i32(value.length());
    return raw(value.array());
  }

  public Encoder raw(byte[] value) {
    ensure(value.length);
    System.arraycopy(value, 0, buffer, length, value.length);
    length += value.length;
    return this;
  }

  /** A domain separation label in front of what is hashed or signed. */
  public Encoder label(String ascii) {
    u8(ascii.length());
    for (int i = 0; i < ascii.length(); i++) {
      u8(ascii.charAt(i));
    }
    return this;
  }

  public int length() {
    return length;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(buffer, length);
  }

  /** SHA-256 of what was written so far. */
  public Digest hash() {
    return Digest.hash(buffer, length);
  }

  /** As {@code bytes(last).hash()}, but does not copy the bytes. */
  public Digest hashWith(Bytes last) {
    i32(last.length());
    return Digest.hash(buffer, length, last.array());
  }
}
