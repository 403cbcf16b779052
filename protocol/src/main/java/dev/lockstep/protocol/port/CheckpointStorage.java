package dev.lockstep.protocol.port;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.replica.Replica;

/** Checkpoints: own ones, and those of others that are being received. */
public interface CheckpointStorage {
  /**
   * Complete the checkpoint for which {@link #snapshot} was called: this head belongs to the
   * content. When all of it is on the disk itself, call {@link Replica#onCheckpointed}.
   *
   * @param provisional the state is not known to be right yet. It must not be found by a start
   *     before {@link #publish} is called
   */
  void checkpoint(long instance, Bytes head, boolean provisional);

  /**
   * Give a checkpoint that is provisional or was received its name, so that a start finds it, and
   * decisions before it are not needed; when that is on the disk itself, call {@link
   * Replica#onPublished}.
   */
  void publish(long instance);

  /**
   * The checkpoint (kept, provisional or being received) is not needed any more and nobody will
   * read it.
   */
  void releaseCheckpoint(long instance);

  /**
   * Read a piece of the content of a checkpoint that was not released; answer with {@link
   * Replica#onPieceRead}.
   */
  void readPiece(int requester, long instance, int piece);

  /**
   * Make room for the content of this checkpoint of others; answer with {@link
   * Replica#onReceiving}. Pieces that are there from an earlier attempt need not be sent again. A
   * disk that cannot take it does not fail: answer with {@link Replica#onReceiveFailed}.
   */
  void receive(Checkpoint checkpoint);

  /**
   * Store a verified piece of the content of the checkpoint that is being received; answer with
   * {@link Replica#onPieceStored}, or {@link Replica#onReceiveFailed} if the disk cannot take it.
   */
  void storePiece(long instance, int piece, Bytes bytes);
}
