package dev.lockstep.protocol.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;

/** Checks signatures. Pure; never throws, whatever the bytes. */
public interface Verifier {
  boolean replica(int replica, byte[] statement, Bytes signature);

  boolean client(ClientId client, byte[] statement, Bytes signature);
}
