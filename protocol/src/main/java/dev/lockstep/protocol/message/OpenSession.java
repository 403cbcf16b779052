package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Encoder;
import java.nio.ByteBuffer;

/**
 * The operation of an OPEN request (RULES 9).
 *
 * @param nonce chosen by the client; the same identity and nonce always give the same session
 * @param deadlineMicros ordered time after which the OPEN has no effect any more
 * @param closes an older session of the same identity to close with it, or 0
 */
public record OpenSession(long nonce, long deadlineMicros, long closes) {
  public static final int BYTES = 24;

  public Bytes encode() {
    return new Bytes(new Encoder(BYTES).i64(nonce).i64(deadlineMicros).i64(closes).toByteArray());
  }

  /** Returns null when the operation is not a well-formed OPEN. */
  public static OpenSession decodeOrNull(Bytes operation) {
    if (operation.length() != BYTES) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(operation.array());
    return new OpenSession(in.getLong(), in.getLong(), in.getLong());
  }
}
