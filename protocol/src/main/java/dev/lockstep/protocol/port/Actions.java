package dev.lockstep.protocol.port;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;

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
   * is there. Never called if there is {@linkplain #storesDecisions no such storage}.
   *
   * @param requester the peer for which they are read; to be passed back
   * @param bytes about as much is wanted
   */
  default void readDecisions(int requester, long from, long to, int bytes) {}

  /** Whether decisions can be read again; if not, only those in memory can be given to others. */
  default boolean storesDecisions() {
    return true;
  }

  /**
   * Keep the state of the service as it is when this instance has been executed and nothing after
   * it: the content of a checkpoint. Called right after {@link #deliver} of the instance. It may be
   * streamed to storage while execution goes on, if the service can do that.
   */
  default void snapshot(long instance) {}

  /**
   * Complete the checkpoint for which {@link #snapshot} was called: this head belongs to the
   * content. When all of it is on the disk itself, call {@link Replica#onCheckpointed}.
   *
   * @param provisional the state is not known to be right yet. It must not be found by a start
   *     before {@link #publish} is called
   */
  default void checkpoint(long instance, Bytes head, boolean provisional) {}

  /**
   * Give a checkpoint that is provisional or was received its name, so that a start finds it, and
   * decisions before it are not needed; when that is on the disk itself, call {@link
   * Replica#onPublished}.
   */
  default void publish(long instance) {}

  /**
   * The checkpoint (kept, provisional or being received) is not needed any more and nobody will
   * read it.
   */
  default void releaseCheckpoint(long instance) {}

  /**
   * Votes and decisions of instances below are not needed any more. Promises, incarnations and
   * mutes always are.
   */
  default void truncate(long below) {}

  /**
   * Read a piece of the content of a checkpoint that was not released; answer with {@link
   * Replica#onPieceRead}.
   */
  default void readPiece(int requester, long instance, int piece) {}

  /**
   * Make room for the content of this checkpoint of others; answer with {@link
   * Replica#onReceiving}. Pieces that are there from an earlier attempt need not be sent again.
   */
  default void receive(Checkpoint checkpoint) {}

  /**
   * Store a verified piece of the content of the checkpoint that is being received; answer with
   * {@link Replica#onPieceStored}.
   */
  default void storePiece(long instance, int piece, Bytes bytes) {}

  /**
   * All pieces are stored: let the service take up that state, after all that was delivered before;
   * answer with {@link Replica#onInstalled}. Nothing is delivered in between.
   */
  default void install(Checkpoint checkpoint) {}

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
    /** A checkpoint of this replica became durable. */
    CHECKPOINTED,
    /** The log of the others does not reach back: a checkpoint of theirs is wanted. */
    TRANSFER_BEGUN,
    /** A checkpoint of others was taken up, and its state is not proved yet. */
    TRANSFER_INSTALLED,
    /** Its state is proved: the transfer is done. */
    TRANSFER_DONE,
    /** What a peer sent of a checkpoint, or said of its hash, was wrong. */
    TRANSFER_BLAMED,
    RESENT,
    LEARNER,
    RECOVERED
  }
}
