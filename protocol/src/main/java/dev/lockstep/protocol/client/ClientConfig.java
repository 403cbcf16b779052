package dev.lockstep.protocol.client;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.view.View;

/**
 * What a client is told when it is built. Cluster-wide values stand in the view.
 *
 * @param client the identity, which its channels authenticate
 * @param cluster names the cluster in everything that is signed
 * @param view the newest view that the client can trust; its mode never changes
 * @param nonceSeed from which the nonces of OPENs and the numbers of reads follow. Must be fresh
 *     for every start of a client, from a good source of randomness: with a seed that the same
 *     identity used before, a new process would be given the session of the old one, and replies to
 *     the reads of the old one would count for those of the new one
 * @param queuedCalls calls of one session that may wait for the window, with its unordered reads
 *     under way; at least 1. One more is answered BUSY
 */
public record ClientConfig(
    ClientId client, Digest cluster, View view, Timing timing, Digest nonceSeed, int queuedCalls) {

  /** Refuses values that make no sense, with a sentence that says which. */
  public ClientConfig {
    if (queuedCalls < 1) {
      throw new IllegalArgumentException(
          "queuedCalls is " + queuedCalls + " but must be at least 1");
    }
  }

  /** A number that follows from the seed and nothing that is known to others. */
  long derived(String label, long counter) {
    return new Encoder(128)
        .label(label)
        .digest(nonceSeed)
        .i64(client.high())
        .i64(client.low())
        .i64(counter)
        .hash()
        .a();
  }

  /**
   * Patience, in microseconds.
   *
   * @param retransmitMicros until a request is sent again for the first time; doubles with every
   *     retry
   * @param retransmitCapMicros the most that it doubles to
   * @param readTimeoutMicros until an unordered read without a quorum is ordered instead
   * @param callTimeoutMicros until a call is answered that its outcome is not known; {@link
   *     Long#MAX_VALUE} for never
   * @param openDeadlineMicros how long an OPEN may take effect. Cut to what the view allows less
   *     twice its clock bound (but not less than half of it): ordered time may trail the client's
   *     clock by that much, and an OPEN whose deadline lies too far ahead of it is REFUSED. An OPEN
   *     that is late is sent anew, so this is no bound on how long opening takes
   */
  public record Timing(
      long retransmitMicros,
      long retransmitCapMicros,
      long readTimeoutMicros,
      long callTimeoutMicros,
      long openDeadlineMicros) {

    /** Refuses values that make no sense, with a sentence that says which. */
    public Timing {
      atLeast("retransmitMicros", retransmitMicros, 1);
      atLeast("retransmitCapMicros", retransmitCapMicros, retransmitMicros);
      atLeast("readTimeoutMicros", readTimeoutMicros, 1);
      atLeast("callTimeoutMicros", callTimeoutMicros, 1);
      atLeast("openDeadlineMicros", openDeadlineMicros, 1);
    }

    /**
     * For a local network: the first retry comes a little after replicas forward a request that
     * their leader does not propose.
     */
    public static Timing defaults() {
      return new Timing(500_000, 8_000_000, 200_000, 40_000_000, 30_000_000);
    }

    private static void atLeast(String name, long value, long least) {
      if (value < least) {
        throw new IllegalArgumentException(
            name + " is " + value + " but must be at least " + least);
      }
    }
  }
}
