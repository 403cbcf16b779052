package dev.lockstep.protocol.port;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.Replica;

/** The service. It works in the order of these calls, behind the protocol. */
public interface Execution {
  /**
   * Execute; answer with {@link Replica#onExecuted}, in the order of the instances. After a restart
   * without a checkpoint, delivery starts again from instance 1.
   */
  void deliver(Delivery delivery);

  /** Execute a read on the state as it is; answer with {@link Replica#onRead}. */
  void read(ClientId client, Request request, int replier);

  /**
   * Keep the state of the service as it is when this instance has been executed and nothing after
   * it: the content of a checkpoint. Called right after {@link #deliver} of the instance. It may be
   * streamed to storage while execution goes on, if the service can do that.
   */
  void snapshot(long instance);

  /**
   * All pieces are stored: let the service take up that state, after all that was delivered before;
   * answer with {@link Replica#onInstalled}. Nothing is delivered in between.
   */
  void install(Checkpoint checkpoint);
}
