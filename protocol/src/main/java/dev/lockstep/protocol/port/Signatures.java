package dev.lockstep.protocol.port;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.Replica;

/**
 * Signatures of ACCEPTs, made and checked beside the protocol: there is one for each vote.
 * Byzantine mode only.
 */
public interface Signatures {
  /** Sign an ACCEPT; answer with {@link Replica#onAcceptSigned}. Byzantine mode only. */
  void signAccept(Message.Accept unsigned, byte[] statement);

  /** Check an ACCEPT's signature; answer with {@link Replica#onAcceptVerified}. */
  void verifyAccept(int sender, Message.Accept accept, byte[] statement);
}
