package dev.lockstep.fabric.verify;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Payload;

/** What a verifier wants of the transactions of a block. */
final class Transactions {
  private static final int PAYLOAD = 0x0a;
  private static final int SIGNATURE = 0x12;

  private final ByteString bytes;
  private int at;

  private Transactions(ByteString bytes) {
    this.bytes = bytes;
  }

  /** What is wrong with a transaction's encoding; null if nothing is. */
  static String refusalOrNull(ByteString transaction) {
    Transactions reader = new Transactions(transaction);
    if (!reader.hasField(PAYLOAD)) {
      return "does not start with a payload that is not empty";
    }
    if (!reader.hasField(SIGNATURE)) {
      return "has no signature, not empty, right behind the payload";
    }
    while (reader.at < transaction.size()) {
      if (!reader.hasUnknownField()) {
        return "has bytes behind the signature that are no unknown field";
      }
    }
    return null;
  }

  /** The channel that a transaction says it is for; null if it does not say. */
  static String channelOrNull(ByteString transaction) {
    try {
      Payload payload = Payload.parseFrom(Envelope.parseFrom(transaction).getPayload());
      return ChannelHeader.parseFrom(payload.getHeader().getChannelHeader()).getChannelId();
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  /** A field of known tag, not empty, its length in as few bytes as can be. */
  private boolean hasField(int tag) {
    if (at >= bytes.size() || (bytes.byteAt(at) & 0xff) != tag) {
      return false;
    }
    at++;
    int start = at;
    long length = number();
    boolean shortest = at - start == 1 || at > start && bytes.byteAt(at - 1) != 0;
    if (length <= 0 || !shortest || length > bytes.size() - at) {
      return false;
    }
    at += (int) length;
    return true;
  }

  private boolean hasUnknownField() {
    long tag = number();
    if (tag < 8 || tag >> 32 != 0 || tag >> 3 <= Envelope.SIGNATURE_FIELD_NUMBER) {
      return false;
    }
    long length =
        switch ((int) tag & 7) {
          case 0 -> numberIsWhole() ? 0 : -1;
          case 1 -> 8;
          case 2 -> number();
          case 5 -> 4;
          default -> -1;
        };
    if (length < 0 || length > bytes.size() - at) {
      return false;
    }
    at += (int) length;
    return true;
  }

  /** Less than zero if there is none of at most 63 bits, which is all that lengths need. */
  private long number() {
    long value = 0;
    for (int shift = 0; shift < 63 && at < bytes.size(); shift += 7) {
      byte next = bytes.byteAt(at++);
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return -1;
  }

  /** Ten bytes at most, and of the tenth only the lowest bit. */
  private boolean numberIsWhole() {
    for (int i = 0; i < 10 && at < bytes.size(); i++) {
      byte next = bytes.byteAt(at++);
      if (next >= 0) {
        return i < 9 || next <= 1;
      }
    }
    return false;
  }
}
