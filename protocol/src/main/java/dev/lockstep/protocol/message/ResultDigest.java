package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;

/**
 * The digest by which clients compare replies (RULES 31). It covers the outcome, so that an empty
 * result of the service and, for example, an EXPIRED are never counted together.
 */
public final class ResultDigest {
  private ResultDigest() {}

  public static Digest of(Message.Outcome outcome, Bytes result) {
    return new Encoder(32).label("LOCKSTEP-RESULT").u8(outcome.ordinal()).hashWith(result);
  }
}
