package dev.lockstep.protocol.replica;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;

/**
 * What a {@link Replica} wants done. The implementation must only note these calls, or act without
 * calling back into the replica; answers come later as events. All calls happen within an event of
 * the replica, on its thread.
 */
public interface Actions {
  /** Send to one other replica. May be lost at a reconnect. */
  void send(int replica, Message.ReplicaMessage message);

  /** Send to every other member. */
  default void broadcast(Iterable<Integer> others, Message.ReplicaMessage message) {
    for (int other : others) {
      send(other, message);
    }
  }

  /** Send to a client, if it is connected here. */
  void reply(ClientId client, Message.ToClient message);

  /**
   * Append to the vote file. When everything handed over up to and including this record is as
   * durable as the mode demands, {@link Replica#onPersisted} must be called with this ticket or a
   * later one. Tickets ascend by one from 1.
   */
  void persist(long ticket, Record record);

  /**
   * Read decisions that were handed to {@link #persist} before, from the oldest on; answer with
   * {@link Replica#onDecisionsRead}, with as many as are there and fit, at least one if the first
   * is there. A replica without such a storage never answers, and peers that are far behind get
   * their decisions from others.
   *
   * @param requester the peer for which they are read; to be passed back
   * @param bytes about as much is wanted
   */
  default void readDecisions(int requester, long from, long to, int bytes) {}

  /** Sign an ACCEPT; answer with {@link Replica#onAcceptSigned}. Byzantine mode only. */
  void signAccept(Message.Accept unsigned, byte[] statement);

  /** Check an ACCEPT's signature; answer with {@link Replica#onAcceptVerified}. */
  void verifyAccept(int sender, Message.Accept accept, byte[] statement);

  /**
   * Execute; answer with {@link Replica#onExecuted}, in the order of the instances. After a restart
   * without a checkpoint, delivery starts again from instance 1.
   */
  void deliver(Delivery delivery);

  /** Execute a read on the state as it is; answer with {@link Replica#onRead}. */
  void read(ClientId client, Request request, int replier);

  /** Something was refused or is worth counting; never an error of this replica. */
  void count(Event event, int peer);

  /** A line for a human who follows the run; may be ignored. */
  default void trace(String line) {}

  /** Whether trace lines are wanted. */
  default boolean traces() {
    return false;
  }

  /**
   * More than f replicas are faulty, or this replica's own state contradicts itself. It has stopped
   * and must not be fed any more.
   */
  void halt(String reason);

  /** What is counted. */
  enum Event {
    BAD_SIGNATURE,
    BAD_CERTIFICATE,
    BAD_STOPDATA,
    BAD_SYNC,
    BAD_VALUE,
    BAD_REQUEST,
    NOT_LEADER,
    NOT_MEMBER,
    OUT_OF_WINDOW,
    STALE_REGENCY,
    DOUBLE_VOTE,
    DOUBLE_PROPOSE,
    OVER_BUDGET,
    INVALID_PROPOSAL,
    WAITING_PROPOSAL,
    EQUIVOCATING_CLIENT,
    SUSPECTED_LEADER,
    INSTALLED_REGENCY,
    SYNC_PROCESSED,
    SYNC_BOUND,
    SYNC_NOOP,
    SYNC_FREE,
    SYNC_DECIDED,
    GREYLISTED_CLIENT,
    FORWARDED,
    DECISION_PUSHED,
    /** A peer was silent or slow when it was asked for decisions: another one was asked. */
    SOURCE_REPLACED,
    RESENT,
    LEARNER,
    RECOVERED
  }
}
