package dev.lockstep.api;

import java.util.UUID;

/**
 * Decides on a replica what leaves for whom when a command was executed (thesis section 5.2): for
 * publish-subscribe, forwarding and shares of replies. Called on the executing thread, in the order
 * of execution, for ordered commands only.
 */
@FunctionalInterface
public interface Replier {
  /**
   * @param result what the service returned
   * @param outbox for messages to other clients
   * @return the reply to the caller
   */
  byte[] reply(MessageContext context, byte[] command, byte[] result, Outbox outbox);

  /** Sends messages to clients that did not ask now. */
  interface Outbox {
    /**
     * Pushes a message to every connection of this client, if it has any to this replica. It
     * reaches the client's {@link PushListener} once enough replicas have pushed the same. A push
     * is not repeated: a client that was away reads what it missed from the service.
     */
    void push(UUID client, byte[] message);
  }
}
