package dev.lockstep.simulator;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;

/**
 * What the checkers see of a run: only what crosses the border of a correct replica or client,
 * never its inside. Called in virtual time order; {@code now} is global virtual time in
 * microseconds.
 */
public interface Observer {
  /** A correct replica (re)starts with what its storage found. */
  default void started(long now, int replica, StartState state) {}

  /** A correct replica crashes; with or without losing its disk or its unsynced data. */
  default void crashed(long now, int replica) {}

  /**
   * A correct replica knows from here on that the state which it took from others is right; what it
   * delivered to a state that was not proved was not reported.
   *
   * @param instance the last one that it delivered
   */
  default void proved(long now, int replica, long instance) {}

  /** The session table of a correct replica after the instance hashes to this; now and then. */
  default void sessions(long now, int replica, long instance, Digest hash) {}

  /** A correct replica dropped so many records that nobody needs any more. */
  default void truncated(long now, int replica, int records) {}

  /** A correct replica hands a message to its channel (it may still be lost). */
  default void sent(long now, int from, int to, Message.ReplicaMessage message) {}

  /** A message reaches a correct replica, just before it handles it. */
  default void received(long now, int from, int to, Message.ReplicaMessage message) {}

  /** A correct replica hands a record to storage. */
  default void persisting(long now, int replica, long ticket, Record record) {}

  /** Storage confirmed every record up to the ticket to a correct replica. */
  default void persisted(long now, int replica, long ticket) {}

  /** A correct replica delivers a batch to its service. */
  default void delivered(long now, int replica, Delivery delivery) {}

  /** The service of a correct replica executed a batch; hash of its whole state afterwards. */
  default void executed(long now, int replica, long instance, Digest stateHash) {}

  /** A correct replica answers a client. */
  default void replied(long now, int replica, ClientId client, Message.ToClient message) {}

  /** A correct replica's wall clock at this moment, reported with each message it receives. */
  default void clock(long now, int replica, long wallMicros) {}

  /** What a correct replica holds for others after it handled an event. */
  default void held(
      long now, int replica, int openInstances, int mostSponsored, int pendingRequests) {}

  /**
   * A request came into being: by a correct client, or by a Byzantine one (any of its variants).
   */
  default void issued(long now, ClientId client, boolean correct, Request request) {}

  /** A correct client starts an operation (call ids are unique in the run). */
  default void invoked(long now, ClientId client, long call, boolean read, Bytes operation) {}

  /** A correct client has the result of an operation. */
  default void returned(long now, ClientId client, long call, Bytes result) {}

  /** A correct client was told, or concluded, that the outcome of an operation stays unknown. */
  default void unknown(long now, ClientId client, long call) {}

  /** A correct replica stopped itself: more than f faults, or a contradiction in its own state. */
  default void halted(long now, int replica, String reason) {}

  /** All transient faults are over from here on; Byzantine replicas go on. */
  default void healed(long now) {}

  /** The run is over. */
  default void ended(long now) {}
}
