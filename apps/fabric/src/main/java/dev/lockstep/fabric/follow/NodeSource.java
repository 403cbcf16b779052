package dev.lockstep.fabric.follow;

/** One ordering node as a source of blocks. Safe for any number of threads. */
public interface NodeSource {
  /** The node's number in the group. */
  int node();

  /**
   * Opens a stream of blocks, which has no end of its own.
   *
   * @param from number of the first block
   * @param headersOnly whether blocks come without their data, but for configuration blocks
   * @param listener hears of it, on any thread, one call at a time
   */
  Stream open(String channel, long from, boolean headersOnly, Listener listener);

  /** A stream that is open. */
  interface Stream {
    /** Lets so many more messages come. */
    void request(int messages);

    /** Ends it. The listener may still hear of what is under way. */
    void cancel();
  }

  /** What comes over a stream. Nothing of it is checked. */
  interface Listener {
    /** A message: the bytes of a {@code DeliverResponse}. */
    void onMessage(byte[] message);

    /** The stream is over. */
    void onEnd(String reason);
  }
}
