package dev.lockstep.protocol.port;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;

/**
 * Messages to other replicas and to clients. Nothing is promised: a message may be lost at a
 * reconnect.
 */
public interface Transport {
  /** Send to one other replica. May be lost at a reconnect. */
  void send(int replica, Message.ReplicaMessage message);

  /** Send the same to several other replicas. */
  void broadcast(Iterable<Integer> others, Message.ReplicaMessage message);

  /** Send to a client, if it is connected here. */
  void reply(ClientId client, Message.ToClient message);
}
