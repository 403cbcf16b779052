package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import java.util.Objects;

/**
 * What the service answered to a command or a read, with the digest by which clients compare it
 * (RULES 31). The host makes it where the service runs: hashing costs by the byte, so a read of
 * much must not hold up the protocol.
 */
public record ServiceResult(Bytes bytes, Digest digest) {
  /** Of a command that answers nothing. */
  public static final ServiceResult EMPTY = of(Bytes.EMPTY);

  public ServiceResult {
    Objects.requireNonNull(bytes, "bytes");
    Objects.requireNonNull(digest, "digest");
  }

  /** Hashes the bytes. */
  public static ServiceResult of(Bytes bytes) {
    return new ServiceResult(bytes, ResultDigest.of(Message.Outcome.EXECUTED, bytes));
  }
}
