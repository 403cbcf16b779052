package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.message.Message;

/** A client at its endpoint of the network, correct or not. */
public interface SimClient {
  void receive(int replica, Message.ToClient message);

  /** The channel to the replica was made anew. */
  void reconnected(int replica);
}
