package dev.lockstep.protocol.port;

/** What is counted: refusals of what came from outside, by reason, and what is worth watching. */
public enum Event {
  BAD_SIGNATURE,
  BAD_CERTIFICATE,
  /** It asks for a regency that nobody can want in earnest. */
  BAD_STOP,
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
