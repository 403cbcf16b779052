package dev.lockstep.protocol.crypto;

import dev.lockstep.protocol.bytes.Bytes;

/** Signs with the key of one replica or client. A pure function of the statement. */
public interface Signer {
  Bytes sign(byte[] statement);
}
