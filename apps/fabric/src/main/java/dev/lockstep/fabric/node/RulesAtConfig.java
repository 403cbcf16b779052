package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.config.BatchLimits;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.config.ConfigEnvelopes;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.node.Commands.Verdict;
import java.time.Instant;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.Config;
import org.hyperledger.fabric.protos.common.ConfigEnvelope;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.Status;

/**
 * The rules of a channel under one configuration: what may be ordered. Nodes and frontends ask the
 * same object the same questions. Thread-safe.
 */
public final class RulesAtConfig {
  /** Gone from Fabric since channels are no longer made through a channel of the orderers. */
  private static final int ORDERER_TRANSACTION = 4;

  private final ByteString bytes;
  private final ChannelConfig config;

  private RulesAtConfig(ByteString bytes, ChannelConfig config) {
    this.bytes = bytes;
    this.config = config;
  }

  /**
   * The rules that a configuration block brings.
   *
   * @throws RefusedException if it is none of this channel, or its configuration will not do
   */
  public static RulesAtConfig ofBlock(String channel, Block block) throws RefusedException {
    Envelope envelope = Blocks.configEnvelopeOrNull(block);
    if (envelope == null) {
      throw new RefusedException("the block holds no channel configuration");
    }
    try {
      Payload payload = Payload.parseFrom(envelope.getPayload());
      return ofBytes(
          channel, ConfigEnvelope.parseFrom(payload.getData()).getConfig().toByteString());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the block's channel configuration is malformed", e);
    }
  }

  /**
   * The rules of a configuration.
   *
   * @param bytes a {@code common.Config}
   * @throws RefusedException if the configuration will not do
   * @throws InvalidProtocolBufferException if it is none
   */
  static RulesAtConfig ofBytes(String channel, ByteString bytes)
      throws RefusedException, InvalidProtocolBufferException {
    return new RulesAtConfig(bytes, ChannelConfig.of(channel, Config.parseFrom(bytes)));
  }

  /** The configuration, as the same bytes on all nodes. */
  ByteString bytes() {
    return bytes;
  }

  /** The configuration. */
  public ChannelConfig config() {
    return config;
  }

  /** How many configurations came before. */
  public long sequence() {
    return config.sequence();
  }

  BatchCutter.Limits batchLimits() {
    BatchLimits limits = config.batch();
    return new BatchCutter.Limits(limits.maxMessages(), limits.preferredMaxBytes());
  }

  long batchTimeoutMicros() {
    return config.batch().timeoutMicros();
  }

  /** Whether the creator signed the envelope; null if he is no member, so that nobody knows. */
  Boolean isSignedOrNull(ParsedEnvelope envelope) {
    Identity member = config.msps().memberOrNull(envelope.creator());
    return member == null ? null : isSigned(member, envelope);
  }

  private static boolean isSigned(Identity member, ParsedEnvelope envelope) {
    return member.verify(
        envelope.envelope().getPayload().toByteArray(), envelope.envelope().getSignature());
  }

  /**
   * Whether a message may be ordered.
   *
   * @param knownSigned whether its signature was found valid before
   */
  public Verdict checkMessage(ParsedEnvelope envelope, boolean knownSigned, Instant now) {
    if (envelope.type() == HeaderType.CONFIG_UPDATE_VALUE || envelope.isConfig()) {
      return Verdict.refused(
          Status.BAD_REQUEST, "message is of type that cannot be processed directly");
    }
    if (envelope.type() == ORDERER_TRANSACTION) {
      return Verdict.refused(Status.BAD_REQUEST, "message is of type that is no longer supported");
    }
    return checkSender(envelope, knownSigned, now);
  }

  /** Whether the sender of an envelope may broadcast it, whatever it holds. */
  public Verdict checkSender(ParsedEnvelope envelope, boolean knownSigned, Instant now) {
    Identity member = config.msps().memberOrNull(envelope.creator());
    Instant expiry = config.msps().expiryOrNull(envelope.creator());
    if (expiry != null && now.isAfter(expiry)) {
      return Verdict.refused(Status.BAD_REQUEST, "broadcast client identity expired");
    }
    long most = config.batch().absoluteMaxBytes();
    if (envelope.countedBytes() > most) {
      return Verdict.refused(
          Status.BAD_REQUEST,
          "message payload is "
              + envelope.countedBytes()
              + " bytes and exceeds maximum allowed "
              + most
              + " bytes");
    }
    boolean signed =
        member != null && (knownSigned || isSigned(member, envelope));
    String refusal =
        config
            .policies()
            .refusalOrNull(config.writersPolicy(), signed ? List.of(member) : List.of());
    return refusal == null
        ? Verdict.ORDERED
        : Verdict.refused(Status.FORBIDDEN, refusal + ": permission denied");
  }

  /** Whether a configuration was made from one that is not the newest any more. */
  boolean isStale(ParsedEnvelope envelope) throws RefusedException {
    return configOf(envelope).getSequence() <= config.sequence();
  }

  private static Config configOf(ParsedEnvelope envelope) throws RefusedException {
    try {
      return ConfigEnvelope.parseFrom(envelope.payload().getData()).getConfig();
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the envelope of the new configuration is malformed", e);
    }
  }

  /**
   * The rules that a configuration brings, if it may be ordered.
   *
   * @throws RefusedException if not, with the reason
   */
  RulesAtConfig checkConfig(ParsedEnvelope envelope, Instant now) throws RefusedException {
    Verdict sender = checkSender(envelope, false, now);
    if (sender.status() != Status.SUCCESS) {
      throw new RefusedException(sender.info());
    }
    ChannelConfig next = ConfigEnvelopes.check(config, envelope.envelope());
    return new RulesAtConfig(configOf(envelope).toByteString(), next);
  }
}
