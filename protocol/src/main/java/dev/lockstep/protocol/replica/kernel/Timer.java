package dev.lockstep.protocol.replica.kernel;

/**
 * Everything that a replica does because time passes, and from which setting the time follows. Timers
 * that are due at the same time fire in this order.
 */
public enum Timer {
  /** An installed regency does not get going: the request timeout, doubled as regencies fail. */
  SYNC,
  /**
   * STATUS to all: the status period. Decisions that were asked for do not come, or nobody was
   * asked: the fetch period. And what others have said of themselves is looked at.
   */
  STATUS,
  /** A replica that lost its votes asks again: the status period. */
  RECOVER,
  /** A peer that asked for pieces of a checkpoint has budget again: some milliseconds. */
  CHECKPOINT_PIECES,
  /** Pieces of a state that were asked for do not come: the fetch period; offers: the status period. */
  TRANSFER,
  /** A request waits too long: the request timeout, doubled as regencies fail. */
  REQUEST,
  /** A value or a body is missing: the fetch period. */
  VALUE,
  /** A batch has had its time to fill: the batch pause. */
  BATCH,
  /** The leader asks for vouches again: the fetch period. */
  VOUCHES,
  /** The leader may bring a learner forward by another empty batch: the fetch period. */
  FILLER
}
