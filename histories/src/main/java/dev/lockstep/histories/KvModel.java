package dev.lockstep.histories;

import dev.lockstep.protocol.bytes.Bytes;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The reference for a store of registers, written from its description and not from its code: what
 * an operation does to one register, and a whole store of them.
 */
public final class KvModel {
  private final Map<Long, Long> registers = new HashMap<>();

  /** The register after the operation. */
  public static long after(KvOperation operation, long before) {
    return switch (operation.code()) {
      case PUT -> operation.value();
      case GET -> before;
      case CAS -> before == operation.expected() ? operation.value() : before;
      case ADD -> before + operation.value();
    };
  }

  /** The number that the operation answers. */
  public static long answer(KvOperation operation, long before) {
    return switch (operation.code()) {
      case PUT, GET -> before;
      case CAS -> before == operation.expected() ? 1 : 0;
      case ADD -> before + operation.value();
    };
  }

  /** Executes an encoded operation and returns the whole result. */
  public Bytes execute(Bytes encoded) {
    KvOperation operation = KvOperation.decodeOrNull(encoded);
    if (operation == null) {
      return Bytes.EMPTY;
    }
    long before = registers.getOrDefault(operation.key(), 0L);
    if (!operation.isRead()) {
      registers.put(operation.key(), after(operation, before));
    }
    byte[] result = new byte[8 + operation.replyPadding()];
    ByteBuffer.wrap(result).putLong(answer(operation, before));
    return new Bytes(result);
  }
}
