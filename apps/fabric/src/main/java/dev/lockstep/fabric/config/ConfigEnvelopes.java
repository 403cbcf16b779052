package dev.lockstep.fabric.config;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.EnvelopeForm;
import dev.lockstep.fabric.msp.SigningIdentity;
import dev.lockstep.fabric.policy.SignedData;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.ConfigEnvelope;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Header;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/**
 * The envelope that holds a new configuration in a block. Whoever takes an update in makes it and
 * signs it, since peers refuse one that no member signed; the other nodes believe nothing of it and
 * compute the configuration again.
 */
public final class ConfigEnvelopes {
  private static final int NONCE_BYTES = 24;
  private static final SecureRandom RANDOM = new SecureRandom();

  private ConfigEnvelopes() {}

  /**
   * Wraps a proposal.
   *
   * @param signer a member of the channel
   * @param now goes into the header; nobody depends on it
   */
  public static Envelope wrap(
      ConfigUpdates.Proposal proposal, SigningIdentity signer, Instant now) {
    ChannelHeader channel =
        ChannelHeader.newBuilder()
            .setType(HeaderType.CONFIG_VALUE)
            .setTimestamp(
                Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano()))
            .setChannelId(proposal.next().channelId())
            .build();
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    SignatureHeader signature =
        SignatureHeader.newBuilder()
            .setCreator(signer.serialized())
            .setNonce(ByteString.copyFrom(nonce))
            .build();
    ByteString payload =
        Payload.newBuilder()
            .setHeader(
                Header.newBuilder()
                    .setChannelHeader(channel.toByteString())
                    .setSignatureHeader(signature.toByteString()))
            .setData(proposal.envelope().toByteString())
            .build()
            .toByteString();
    return Envelope.newBuilder()
        .setPayload(payload)
        .setSignature(signer.sign(payload.toByteArray()))
        .build();
  }

  /**
   * Checks an envelope with a new configuration before it is ordered, and tells the configuration
   * that it brings. Its update is applied to the current configuration, and what comes of it must
   * be what the envelope says; its outer signature must be of one who may broadcast.
   *
   * @throws RefusedException if it may not be ordered; then, with the reason, it must not be
   */
  public static ChannelConfig check(ChannelConfig current, Envelope envelope)
      throws RefusedException {
    if (EnvelopeForm.sizeBytes(envelope) > current.batch().absoluteMaxBytes()) {
      throw new RefusedException(
          "the envelope of the new configuration is larger than the channel allows");
    }
    Payload payload;
    ChannelHeader channel;
    SignatureHeader signature;
    ConfigEnvelope config;
    try {
      payload = Payload.parseFrom(envelope.getPayload());
      channel = ChannelHeader.parseFrom(payload.getHeader().getChannelHeader());
      signature = SignatureHeader.parseFrom(payload.getHeader().getSignatureHeader());
      config = ConfigEnvelope.parseFrom(payload.getData());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the envelope of the new configuration is malformed", e);
    }
    if (channel.getType() != HeaderType.CONFIG_VALUE
        || !channel.getChannelId().equals(current.channelId())) {
      throw new RefusedException(
          "the envelope holds no configuration of the channel " + current.channelId());
    }
    SignedData outer =
        new SignedData(
            envelope.getPayload().toByteArray(), signature.getCreator(), envelope.getSignature());
    String refusal = current.refusalOrNull(current.writersPolicy(), List.of(outer));
    if (refusal != null) {
      throw new RefusedException(
          "the new configuration is not signed by one who may broadcast: " + refusal);
    }
    if (config.getConfig().getSequence() != current.sequence() + 1) {
      throw new RefusedException(
          String.format(
              "config currently at sequence %d, cannot validate config at sequence %d",
              current.sequence(), config.getConfig().getSequence()));
    }
    ConfigUpdates.Proposal proposal = ConfigUpdates.propose(current, config.getLastUpdate());
    if (!proposal.envelope().equals(config)) {
      throw new RefusedException(
          "ConfigEnvelope LastUpdate did not produce the supplied config result");
    }
    return proposal.next();
  }
}
