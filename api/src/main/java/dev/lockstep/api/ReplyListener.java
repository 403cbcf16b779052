package dev.lockstep.api;

/**
 * Follows one call reply by reply, for forwarders that pass on what each replica said. Called on
 * the client's network thread: must not block.
 */
public interface ReplyListener {
  /**
   * A replica's reply, before it is known whether others agree. A replica may lie, and may send
   * another reply later.
   */
  void onReply(int replica, byte[] reply);

  /** The call is done: the result that a quorum agreed on. Nothing comes after this. */
  void onCompleted(byte[] result);

  /** The call is done without a result. Nothing comes after this. */
  void onFailed(InvocationException failure);
}
