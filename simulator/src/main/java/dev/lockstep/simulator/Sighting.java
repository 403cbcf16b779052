package dev.lockstep.simulator;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;

/**
 * Something that an {@link Observer} sees of a run: only what crosses the border of a correct
 * replica or client, never its inside.
 */
public sealed interface Sighting {
  /** A correct replica (re)starts with what its storage found. */
  record Started(int replica, StartState state) implements Sighting {}

  /** A correct replica crashes; with or without losing its disk or its unsynced data. */
  record Crashed(int replica) implements Sighting {}

  /**
   * A correct replica knows from here on that the state which it took from others is right; what it
   * delivered to a state that was not proved was not reported.
   *
   * @param instance the last one that it delivered
   */
  record Proved(int replica, long instance) implements Sighting {}

  /** The session table of a correct replica after the instance hashes to this; now and then. */
  record Sessions(int replica, long instance, Digest hash) implements Sighting {}

  /** A correct replica dropped so many records that nobody needs any more. */
  record Truncated(int replica, int records) implements Sighting {}

  /** A correct replica hands a message to its channel (it may still be lost). */
  record Sent(int from, int to, Message.ReplicaMessage message) implements Sighting {}

  /** A message reaches a correct replica, just before it handles it. */
  record Received(int from, int to, Message.ReplicaMessage message) implements Sighting {}

  /** A correct replica hands a record to storage. */
  record Persisting(int replica, long ticket, Record record) implements Sighting {}

  /** Storage confirmed every record up to the ticket to a correct replica. */
  record Persisted(int replica, long ticket) implements Sighting {}

  /** A correct replica delivers a batch to its service. */
  record Delivered(int replica, Delivery delivery) implements Sighting {}

  /** The service of a correct replica executed a batch; hash of its whole state afterwards. */
  record Executed(int replica, long instance, Digest stateHash) implements Sighting {}

  /** A correct replica answers a client. */
  record Replied(int replica, ClientId client, Message.ToClient message) implements Sighting {}

  /** A correct replica's wall clock at this moment, reported with each message it receives. */
  record Clock(int replica, long wallMicros) implements Sighting {}

  /** What a correct replica holds for others after it handled an event. */
  record Held(int replica, int openInstances, int mostSponsored, int pendingRequests)
      implements Sighting {}

  /**
   * A request came into being: by a correct client, or by a Byzantine one (any of its variants).
   */
  record Issued(ClientId client, boolean correct, Request request) implements Sighting {}

  /** A correct client starts an operation (call ids are unique in the run). */
  record Invoked(ClientId client, long call, boolean read, Bytes operation) implements Sighting {}

  /** A correct client has the result of an operation. */
  record Returned(ClientId client, long call, Bytes result) implements Sighting {}

  /** A correct client was told, or concluded, that the outcome of an operation stays unknown. */
  record Unknown(ClientId client, long call) implements Sighting {}

  /** A correct replica stopped itself: more than f faults, or a contradiction in its own state. */
  record Halted(int replica, String reason) implements Sighting {}

  /** All transient faults are over from here on; Byzantine replicas go on. */
  record Healed() implements Sighting {}

  /** The run is over. */
  record Ended() implements Sighting {}
}
