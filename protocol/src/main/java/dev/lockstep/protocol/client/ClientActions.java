package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenedResult;

/**
 * What a {@link Client} wants done. The implementation must only note these calls, or act without
 * calling back into the client. All calls happen within an event of the client, on its thread.
 */
public interface ClientActions {
  /** Why a reply was not counted; never an error of this client. */
  enum Ignored {
    /** The sender is no member of the client's view. */
    NOT_A_MEMBER,
    /** No such request is under way: most often it is done already. */
    UNKNOWN_REQUEST,
    /** It names another view than the client's (RULES 31, F7). */
    OTHER_VIEW,
    /** Its result does not hash to its digest, or no correct replica answers this so. */
    MALFORMED
  }

  /** Send to one replica. May be lost at a reconnect. */
  void send(int replica, Message.ClientRequest message);

  /** The one result of a call. */
  void completed(long call, ClientResult result);

  /**
   * The handle has a session from here on.
   *
   * @param opened its id, and what closing an older session returned. The calls of this handle that
   *     were under way in the older one have been completed before. It may also be a session that
   *     {@link Client#closeSession} left behind
   */
  void sessionOpened(long handle, OpenedResult opened);

  /**
   * The group knows the handle's session no longer. All its calls but unordered reads have been
   * completed before. The handle stays without a session until it is reopened or closed.
   */
  void sessionLost(long handle);

  /**
   * The group has no room for another session of this client, or the client's clock is ahead by
   * more than its view allows. A handle that had a session keeps it; one that had none stays
   * without until it is reopened or closed. May also come at once, when the client itself holds as
   * many handles as its view allows sessions; then the handle was not made.
   */
  void sessionRefused(long handle);

  /**
   * A replica answered a call that is under way, in the view of the client and well-formed. Others
   * may say something else, and the replica may answer again.
   *
   * @param result null if it sent the digest only
   */
  default void replied(long call, int replica, Message.Outcome outcome, Bytes result) {}

  /** At least one correct replica pushed this; told once. */
  default void pushed(Message.Push push) {}

  /**
   * The group has closed the session of a handle that was given to {@link Client#closeSession}, or
   * nothing can be said of it: it was not open, had calls under way, or nobody answered in time.
   * Comes exactly once for each handle that was closed; may come at once.
   */
  default void sessionClosed(long handle) {}

  /** A reply was not counted; for statistics. */
  default void ignored(int replica, Ignored reason) {}
}
