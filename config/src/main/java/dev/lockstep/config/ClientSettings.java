package dev.lockstep.config;

import dev.lockstep.protocol.client.ClientConfig;

/**
 * What one client is told besides the cluster and its credentials. Immutable.
 *
 * @param timing patience; refuses what makes no sense by itself
 * @param queuedCalls calls of one session that may wait for the window, with its unordered reads
 *     under way; one more is answered BUSY
 */
public record ClientSettings(ClientConfig.Timing timing, int queuedCalls) {
  private static final int DEFAULT_QUEUED_CALLS = 1024;

  /** Refuses values that make no sense, with a sentence that says which. */
  public ClientSettings {
    Rule.range("queued-calls", queuedCalls, 1, Integer.MAX_VALUE);
  }

  /** For a local network. */
  public static ClientSettings defaults() {
    return new ClientSettings(ClientConfig.Timing.defaults(), DEFAULT_QUEUED_CALLS);
  }
}
