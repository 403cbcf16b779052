package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;

/**
 * A Byzantine replica: a wrapper on the outputs of a correct core that has the replica's own keys.
 * The default methods behave correctly; a behaviour overrides what it corrupts. One instance serves
 * one Byzantine replica; colluding replicas share a {@link Conspiracy}. All randomness comes from
 * the context.
 */
public interface Adversary {
  /** Name as in {@code --adversary}. */
  String name();

  /** Called once before the core starts. */
  default void start(AdversaryContext context) {}

  /** The core wants to send; send it, something else, to somebody else, or nothing. */
  default void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    context.send(to, message);
  }

  /** The core wants to answer a client. */
  default void onReply(AdversaryContext context, ClientId client, Message.ToClient message) {
    context.reply(client, message);
  }

  /** A message arrived; the result says whether the core gets to see it. */
  default boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
    return true;
  }

  /** A client's request arrived; the result says whether the core gets to see it. */
  default boolean onClientRequest(AdversaryContext context, Message.ClientRequest request) {
    return true;
  }

  /** Called about every 20 ms of virtual time. */
  default void onTimer(AdversaryContext context) {}

  /**
   * Whether the replica shall run as two cores with one identity and the same keys (the
   * method of Twins). Asked once, before {@link #start}.
   */
  default boolean wantsTwin() {
    return false;
  }

  /** An engine that did start a second core says so, before {@link #start}. */
  default void twinStarted() {}

  /**
   * Which of the two cores and which peer hear each other in the round of this message. Asked for
   * both directions, by an engine that runs twins, and only for messages between replicas; clients
   * reach both cores, and both answer.
   *
   * @param twin 0 or 1
   */
  default boolean twinHears(
      AdversaryContext context, int twin, int peer, Message.ReplicaMessage message) {
    return twin == 0;
  }
}
