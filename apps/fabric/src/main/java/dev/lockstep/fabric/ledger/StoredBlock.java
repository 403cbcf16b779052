package dev.lockstep.fabric.ledger;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.Arrays;

/**
 * A block as the bytes that are stored and sent, with its signatures. Immutable: nobody may write
 * to the array.
 *
 * @param bytes a {@code common.Block}
 * @param config whether it holds a configuration, and is sent whole even to who asked for headers
 */
public record StoredBlock(long number, byte[] bytes, boolean config) {
  private static final int DATA_FIELD = 2;

  /** The block without its data: what a receiver of headers gets. */
  public byte[] withoutData() throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(bytes);
    byte[] rest = new byte[bytes.length];
    int length = 0;
    while (!in.isAtEnd()) {
      int from = in.getTotalBytesRead();
      int tag = in.readTag();
      in.skipField(tag);
      if (WireFormat.getTagFieldNumber(tag) != DATA_FIELD) {
        int size = in.getTotalBytesRead() - from;
        System.arraycopy(bytes, from, rest, length, size);
        length += size;
      }
    }
    return Arrays.copyOf(rest, length);
  }

  // Arrays are compared by identity in records; blocks are compared by what they hold.

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredBlock that
        && number == that.number
        && config == that.config
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number) * 31 + Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "block " + number + " of " + bytes.length + " bytes";
  }
}
