package dev.lockstep.replica;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.port.Checkpoint;
import java.util.BitSet;

/**
 * What the protocol core hears of checkpoints, as it asked for it: see {@link
 * dev.lockstep.protocol.port.CheckpointStorage}. On the protocol loop.
 */
interface CheckpointEvents {
  /** The replica's own checkpoint is whole, and on the disk itself. */
  void onCheckpointed(Checkpoint checkpoint);

  /** A start would find the checkpoint at this instance. */
  void onPublished(long instance);

  /**
   * @param bytes empty if the piece is not there any more, or is damaged
   */
  void onPieceRead(int requester, long instance, int piece, Bytes bytes);

  /** There is room for a checkpoint of others; these of its pieces are here from before. */
  void onReceiving(long instance, BitSet present);

  void onPieceStored(long instance, int piece);

  /** What was to be received cannot be, and what came of it is gone. */
  void onReceiveFailed(long instance);
}
