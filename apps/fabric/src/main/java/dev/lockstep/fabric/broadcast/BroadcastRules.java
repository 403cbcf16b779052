package dev.lockstep.fabric.broadcast;

import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.EnvelopeForm;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.config.ConfigUpdates;
import dev.lockstep.fabric.policy.SignedData;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;

/**
 * Which envelopes may be broadcast, and what is answered for those that may not, in the words of
 * Fabric's own ordering service, since tools look for them.
 */
public final class BroadcastRules {
  /** A type of former versions, for channels that were made by ordering. */
  private static final int ORDERER_TRANSACTION = 4;

  private BroadcastRules() {}

  /**
   * Judges an envelope. It is for the caller to see that its encoding is canonical.
   *
   * <p>Envelopes with a finished configuration are refused: clients send updates. A node that gets
   * one from another node checks it with {@link dev.lockstep.fabric.config.ConfigEnvelopes#check}.
   *
   * @param channels the configuration of a channel, or null if there is no such channel
   * @param nowOrNull the time at which certificates must not have expired; null if that is not
   *     asked, as at the nodes, whose clocks may differ
   */
  public static BroadcastVerdict judge(
      Envelope envelope, Function<String, ChannelConfig> channels, Instant nowOrNull) {
    ParsedHeaders headers;
    try {
      headers = ParsedHeaders.of(envelope);
    } catch (RefusedException e) {
      return BroadcastVerdict.badRequest("", "could not determine channel ID: " + e.getMessage());
    }
    String channelId = headers.channel().getChannelId();
    ChannelConfig config = channels.apply(channelId);
    if (config == null) {
      return BroadcastVerdict.badRequest(channelId, "channel does not exist");
    }
    return switch (headers.channel().getType()) {
      case HeaderType.CONFIG_VALUE ->
          BroadcastVerdict.badRequest(
              channelId, "message is of type that cannot be processed directly");
      case ORDERER_TRANSACTION ->
          BroadcastVerdict.badRequest(channelId, "message is of type that is no longer supported");
      case HeaderType.CONFIG_UPDATE_VALUE -> update(envelope, headers, config, nowOrNull);
      default -> filtered(envelope, headers, config, nowOrNull);
    };
  }

  private static BroadcastVerdict update(
      Envelope envelope, ParsedHeaders headers, ChannelConfig config, Instant nowOrNull) {
    BroadcastVerdict verdict = filtered(envelope, headers, config, nowOrNull);
    if (!verdict.isAccepted()) {
      return verdict.because("config update for existing channel did not pass initial checks: ");
    }
    try {
      ConfigUpdates.Proposal proposal = ConfigUpdates.propose(config, envelope);
      return tooLarge(proposal.envelope().getSerializedSize(), config)
          ? oversized(proposal.envelope().getSerializedSize(), config)
              .because("config update for existing channel did not pass final checks: ")
          : BroadcastVerdict.accepted(config.channelId(), proposal);
    } catch (RefusedException e) {
      return BroadcastVerdict.badRequest(
          config.channelId(),
          String.format(
              "error applying config update to existing channel '%s': %s",
              config.channelId(), e.getMessage()));
    }
  }

  private static BroadcastVerdict filtered(
      Envelope envelope, ParsedHeaders headers, ChannelConfig config, Instant nowOrNull) {
    String channelId = config.channelId();
    long bytes = EnvelopeForm.sizeBytes(envelope);
    if (tooLarge(bytes, config)) {
      return oversized(bytes, config);
    }
    SignedData signature;
    try {
      signature = headers.signature(envelope);
    } catch (RefusedException e) {
      return BroadcastVerdict.badRequest(channelId, e.getMessage());
    }
    if (nowOrNull != null) {
      Instant expiry = config.msps().expiryOrNull(signature.identity());
      if (expiry != null && !nowOrNull.isBefore(expiry)) {
        return BroadcastVerdict.badRequest(channelId, "broadcast client identity expired");
      }
    }
    String refusal = config.refusalOrNull(config.writersPolicy(), List.of(signature));
    return refusal == null
        ? BroadcastVerdict.accepted(channelId, null)
        : BroadcastVerdict.forbidden(channelId, refusal + ": permission denied");
  }

  private static boolean tooLarge(long bytes, ChannelConfig config) {
    return bytes > config.batch().absoluteMaxBytes();
  }

  private static BroadcastVerdict oversized(long bytes, ChannelConfig config) {
    return BroadcastVerdict.badRequest(
        config.channelId(),
        String.format(
            "message payload is %d bytes and exceeds maximum allowed %d bytes",
            bytes, config.batch().absoluteMaxBytes()));
  }
}
