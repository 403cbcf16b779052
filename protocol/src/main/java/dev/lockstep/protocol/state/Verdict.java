package dev.lockstep.protocol.state;

/** What delivery makes of one reference of a batch (RULES 9, 10). */
public enum Verdict {
  /** It is its session's next: the service executes it. */
  EXECUTE,
  /** There is a session for this identity and nonce: a new one, or the one that it got before. */
  OPENED,
  /** It ended its session: answered EXECUTED with an empty result. */
  CLOSED,
  /**
   * It was executed before. Sequences older than the session's window count as the same request.
   */
  DUPLICATE,
  /** Its sequence was executed with another digest. */
  CONFLICT,
  /** Its session is unknown, foreign or over; or it is an OPEN past its deadline. */
  EXPIRED,
  /** Its turn has not come: nothing happens, nobody is answered, and it stays pending. */
  OUT_OF_TURN,
  /** Malformed, a deadline too far ahead, or no room for the session. */
  REFUSED
}
