package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;

/**
 * What became of a call; each call gets exactly one.
 *
 * @param value the service's result, or what the extractor made of the replies; null unless
 *     EXECUTED
 */
public record ClientResult(Status status, Bytes value) {

  /** What is known for certain. */
  public enum Status {
    /** Executed, once; the value is its result. */
    EXECUTED,
    /** Executed, once; but its result cannot be had, or not within the call's time. */
    FORGOTTEN,
    /**
     * Not executed, and never will be: another operation was executed in its place. Somebody else
     * with this identity uses the session.
     */
    CONFLICT,
    /** The session is over: it may have been executed before, but not from here on (RULES 9). */
    LOST,
    /** It may have been executed, and may still be. */
    MAY_EXECUTE,
    /**
     * Not executed, and never will be: it was never sent, or it was fenced when its session was
     * closed. Of a read that was not ordered: no quorum answered it.
     */
    NOT_EXECUTED,
    /**
     * Not taken, for want of room; nothing was sent. To be tried again when other calls are done.
     */
    BUSY,
    /**
     * Not executed, and never will be: the operation is larger than the view allows and was not
     * sent, or a quorum of replicas refuses to have it ordered.
     */
    REFUSED
  }

  static ClientResult of(Status status) {
    return new ClientResult(status, null);
  }

  static ClientResult executed(Bytes value) {
    return new ClientResult(Status.EXECUTED, value);
  }
}
