package dev.lockstep.protocol.state;

/** What a request is at the state that this replica has delivered. Never part of the state. */
public enum Standing {
  /**
   * To be ordered now, and only now does it have a deadline (RULES 10): its session's next, or a
   * new OPEN.
   */
  NEXT,
  /**
   * Its predecessors, or its session, are not delivered here yet. To be held, without a deadline.
   */
  LATER,
  /** Executed, or an OPEN whose session exists: answered by the reply cache. */
  DELIVERED,
  /** Its sequence was executed with another digest: answered CONFLICT. */
  SUPERSEDED,
  /**
   * It can never have an effect any more: an OPEN past its deadline; a request of a session that is
   * foreign, over or was never made (RULES 9); or one that is malformed whatever the state. Neither
   * to be held nor to be proposed; {@link ReplyCache#answer} answers it at once. A fresh proposal
   * must not wait because of it: the deadline may have passed, or the session ended, since the
   * leader looked, and a client that chooses when could depose leaders with that.
   */
  VOID
}
