package dev.lockstep.protocol.port;

import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.Replica;

/** The vote file: what a replica must not forget before it speaks (RULES 25), and its decisions. */
public interface VoteStorage {
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
  void readDecisions(int requester, long from, long to, int bytes);

  /** Whether decisions can be read again; if not, only those in memory can be given to others. */
  boolean storesDecisions();

  /**
   * Votes and decisions of instances below are not needed any more. Promises, incarnations and
   * mutes always are.
   */
  void truncate(long below);
}
