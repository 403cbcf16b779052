package dev.lockstep.fabric.broadcast;

import dev.lockstep.fabric.config.ChannelConfig;
import java.time.Instant;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.Envelope;

/** Which envelopes may be broadcast, and what is answered for those that may not. */
public final class BroadcastRules {
  private BroadcastRules() {}

  /**
   * Judges an envelope. It is for the caller to see that its encoding is canonical.
   *
   * @param channels the configuration of a channel, or null if there is no such channel
   * @param nowOrNull the time at which certificates must not have expired; null if that is not
   *     asked, as at the nodes, whose clocks may differ
   */
  public static BroadcastVerdict judge(
      Envelope envelope, Function<String, ChannelConfig> channels, Instant nowOrNull) {
    throw new UnsupportedOperationException();
  }
}
