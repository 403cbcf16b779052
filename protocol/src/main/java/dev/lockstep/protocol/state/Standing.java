package dev.lockstep.protocol.state;

/** What a request is at the state that this replica has delivered. Never part of the state. */
public enum Standing {
  /**
   * To be ordered now, and only now does it have a deadline (RULES 10): its session's next; a new
   * OPEN; or a request of a session that is foreign, over or was never made, because EXPIRED is an
   * ordered answer (RULES 9).
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
   * It can never have an effect any more: an OPEN past its deadline, or a request that is malformed
   * whatever the state. Neither to be held nor to be proposed; {@link ReplyCache#answer} answers it
   * at once. A fresh proposal must not wait because of it: the deadline may have passed since the
   * leader looked, and a client that chooses its deadline could depose leaders with that.
   */
  VOID
}
