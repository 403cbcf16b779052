package dev.lockstep.protocol.message;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Encoder;

/**
 * A replica's own word that it lost its votes and begins this incarnation (RULES 27). Whoever
 * acknowledged it shows it to others.
 *
 * @param incarnation from 1
 * @param signature the claimant's, over {@link Statements#incarnation}; empty in crash mode
 */
public record Claim(int replica, long incarnation, Bytes signature) {
  void encodeTo(Encoder out) {
    out.i32(replica).i64(incarnation).bytes(signature);
  }
}
