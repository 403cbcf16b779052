package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Digest;

/**
 * How a batch names a request (RULES 5). The digest covers the other three fields, so a reference
 * whose fields contradict its body is recognised when the body is there.
 */
public record Reference(ClientId client, long session, long sequence, Digest digest) {
  /** Encoded size in bytes; requests no larger than this are sent inline with the PROPOSE. */
  public static final int BYTES = 16 + 8 + 8 + Digest.BYTES;

  @Override
  public boolean equals(Object other) {
    return other instanceof Reference that
        && session == that.session
        && sequence == that.sequence
        && digest.equals(that.digest)
        && client.equals(that.client);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }
}
