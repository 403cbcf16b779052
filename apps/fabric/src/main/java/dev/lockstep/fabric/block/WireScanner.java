package dev.lockstep.fabric.block;

import com.google.protobuf.ByteString;
import com.google.protobuf.WireFormat;

/**
 * Goes through the fields of a protocol buffer, no easier about them than the library of the peers.
 * It is stricter in one point: groups, which nobody uses, end the scan.
 */
final class WireScanner {
  private static final int MAX_VARINT_BYTES = 10;
  private static final int TAG_TYPE_BITS = 3;
  private static final long MAX_TAG = 0xffff_ffffL;

  private final ByteString bytes;
  private int fieldStart;
  private int contentStart;
  private int at;
  private long tag;
  private boolean malformed;

  WireScanner(ByteString bytes) {
    this.bytes = bytes;
  }

  /** Moves on to the next field. False at the end and where the bytes are malformed. */
  boolean next() {
    if (malformed || at == bytes.size()) {
      return false;
    }
    fieldStart = at;
    tag = varint();
    malformed |= tag < 0 || tag > MAX_TAG || number() == 0;
    if (!malformed) {
      contentStart = at;
      skipContent();
    }
    return !malformed;
  }

  /** Whether the scan came to the end. */
  boolean isWhole() {
    return !malformed && at == bytes.size();
  }

  /** Number and wire type of the field. */
  long tag() {
    return tag;
  }

  /** The number of the field. */
  long number() {
    return tag >>> TAG_TYPE_BITS;
  }

  /** The bytes of a field that has a length, without the length. */
  ByteString content() {
    return bytes.substring(contentStart, at);
  }

  /** All bytes of the field. */
  ByteString field() {
    return bytes.substring(fieldStart, at);
  }

  private void skipContent() {
    switch ((int) tag & (1 << TAG_TYPE_BITS) - 1) {
      case WireFormat.WIRETYPE_VARINT -> varint();
      case WireFormat.WIRETYPE_FIXED64 -> skip(Long.BYTES);
      case WireFormat.WIRETYPE_FIXED32 -> skip(Integer.BYTES);
      case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
        long length = varint();
        contentStart = at;
        skip(length);
      }
      default -> malformed = true;
    }
  }

  private void skip(long length) {
    if (length < 0 || length > bytes.size() - at) {
      malformed = true;
      return;
    }
    at += (int) length;
  }

  /** A number of at most 64 bits. */
  private long varint() {
    long value = 0;
    for (int i = 0; i < MAX_VARINT_BYTES && at < bytes.size(); i++) {
      byte next = bytes.byteAt(at++);
      value |= (long) (next & 0x7f) << 7 * i;
      if (next >= 0) {
        malformed |= i == MAX_VARINT_BYTES - 1 && next > 1;
        return value;
      }
    }
    malformed = true;
    return 0;
  }
}
