package dev.lockstep.protocol.port;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.Replica;

/**
 * Signatures that are made and checked beside the protocol, because there are many: of ACCEPTs, one
 * for each vote, and of clients on requests that came through peers. Byzantine mode only.
 *
 * <p>Own ones are to be made first, then ACCEPTs checked, then requests; each by sender in turn, so
 * that a peer that sends many waits for itself. At most a few for each instance of two windows are
 * under way for one sender, and a thousand requests beside those that it proposed.
 */
public interface Signatures {
  /** Sign an ACCEPT; answer with {@link Replica#onAcceptSigned}. */
  void signAccept(Message.Accept unsigned, byte[] statement);

  /** Check an ACCEPT's signature; answer with {@link Replica#onAcceptVerified}. */
  void verifyAccept(int sender, Message.Accept accept, byte[] statement);

  /**
   * Check the signature of the client on a request; answer with {@link Replica#onRequestVerified}.
   *
   * @param sender the peer that brought it
   */
  void verifyRequest(int sender, Request request, byte[] statement);
}
