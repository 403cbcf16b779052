package dev.lockstep.replica;

import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * Where records go before the votes that they stand for leave (RULES 25), and from which decisions
 * come back for replicas that are far behind. Used by the protocol loop, but for {@link #read}.
 */
interface VoteLog extends Closeable {
  /**
   * What an earlier process left; once, before anything else.
   *
   * @param checkpoint with which the replica starts, or null
   */
  StartState start(Checkpoint checkpoint) throws IOException;

  /** Takes a record; tickets ascend by one. */
  void append(long ticket, Record record);

  /**
   * End of a turn. Returns the highest ticket up to which everything is as durable as the mode
   * demands by now; what becomes so later is told to {@link ProtocolLoop#onPersisted}.
   */
  long flush();

  /**
   * Reads decisions from the oldest on, about as many bytes as are wanted. Any thread.
   *
   * @throws IOException if they cannot be read, which says nothing about the log's end
   */
  List<Record.Decided> read(long from, int bytes) throws IOException;

  /** Whether decisions can be read again. Any thread. */
  boolean storesDecisions();

  /** Votes and decisions of instances below are not needed any more. */
  void truncate(long below);

  /** Writes and syncs what was taken, and marks a clean end. */
  @Override
  void close() throws IOException;

  /**
   * Keeps nothing: for replicas whose votes are gone with their process. What others lack they get
   * from the decisions in the core's memory, or from a checkpoint.
   *
   * @param kind what is to be said of the past
   */
  static VoteLog forgetful(StartState.Kind kind) {
    return new VoteLog() {
      private long last;

      @Override
      public StartState start(Checkpoint checkpoint) {
        return new StartState(kind, List.of(), checkpoint);
      }

      @Override
      public void append(long ticket, Record record) {
        last = ticket;
      }

      @Override
      public long flush() {
        return last;
      }

      @Override
      public List<Record.Decided> read(long from, int bytes) {
        return List.of();
      }

      @Override
      public boolean storesDecisions() {
        return false;
      }

      @Override
      public void truncate(long below) {}

      @Override
      public void close() {}
    };
  }
}
