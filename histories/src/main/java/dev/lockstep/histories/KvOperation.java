package dev.lockstep.histories;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Encoder;
import java.nio.ByteBuffer;

/**
 * An operation of a store of registers that hold one {@code long} each, 0 at first: the service
 * that is simulated, and what histories of real ones are told in.
 *
 * <p>Results start with one {@code long}; {@code replyPadding} zero bytes follow, so that some
 * replies are larger than their digest. A malformed operation changes nothing and has an empty
 * result.
 *
 * <ul>
 *   <li>PUT key value: sets the register; result is the old value
 *   <li>GET key: result is the value
 *   <li>CAS key expected value: sets the register if it holds {@code expected}; result is 1 or 0
 *   <li>ADD key value: adds to the register; result is the new value
 * </ul>
 *
 * @param value PUT, CAS: the new value; ADD: the summand; GET: 0
 * @param expected CAS only, else 0
 * @param replyPadding zero bytes after the result
 * @param padding bytes that make the request itself larger
 */
public record KvOperation(
    Code code, long key, long value, long expected, int replyPadding, int padding) {
  /** Correct clients use keys below this; Byzantine clients write only keys from here on. */
  public static final long FIRST_BYZANTINE_KEY = 1_000;

  private static final int HEADER_BYTES = 1 + 8 + 8 + 8 + 4;
  private static final int REPLY_PADDING_MAX = 4096;

  /** What to do with the register. */
  public enum Code {
    PUT,
    GET,
    CAS,
    ADD
  }

  private static final Code[] CODES = Code.values();

  public static KvOperation put(long key, long value) {
    return new KvOperation(Code.PUT, key, value, 0, 0, 0);
  }

  public static KvOperation get(long key) {
    return new KvOperation(Code.GET, key, 0, 0, 0, 0);
  }

  public static KvOperation cas(long key, long expected, long value) {
    return new KvOperation(Code.CAS, key, value, expected, 0, 0);
  }

  public static KvOperation add(long key, long summand) {
    return new KvOperation(Code.ADD, key, summand, 0, 0, 0);
  }

  /** The same operation with a larger request and a larger reply. */
  public KvOperation padded(int requestBytes, int replyBytes) {
    return new KvOperation(code, key, value, expected, replyBytes, requestBytes);
  }

  public boolean isRead() {
    return code == Code.GET;
  }

  public Bytes encode() {
    return new Bytes(
        new Encoder(HEADER_BYTES + padding)
            .u8(code.ordinal())
            .i64(key)
            .i64(value)
            .i64(expected)
            .i32(replyPadding)
            .raw(new byte[padding])
            .toByteArray());
  }

  /** Returns null when the operation is malformed. */
  public static KvOperation decodeOrNull(Bytes operation) {
    if (operation.length() < HEADER_BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(operation.array());
    int code = in.get();
    long key = in.getLong();
    long value = in.getLong();
    long expected = in.getLong();
    int replyPadding = in.getInt();
    if (code < 0 || code >= CODES.length || replyPadding < 0 || replyPadding > REPLY_PADDING_MAX) {
      return null;
    }
    return new KvOperation(
        CODES[code], key, value, expected, replyPadding, operation.length() - HEADER_BYTES);
  }

  /** The number at the start of a result; throws when the result is of a malformed operation. */
  public static long resultOf(Bytes result) {
    return ByteBuffer.wrap(result.array()).getLong();
  }

  @Override
  public String toString() {
    return switch (code) {
      case PUT -> "put " + key + " " + value;
      case GET -> "get " + key;
      case CAS -> "cas " + key + " " + expected + "->" + value;
      case ADD -> "add " + key + " " + value;
    };
  }
}
