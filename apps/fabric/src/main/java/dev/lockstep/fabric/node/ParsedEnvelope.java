package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.block.EnvelopeForm;
import dev.lockstep.protocol.bytes.Digest;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/**
 * An envelope in the one form in which it may be in a block, opened as far as its rules need it.
 *
 * @param bytes of the envelope
 * @param digest of these bytes
 * @param channel which its header names
 * @param type which its header names; any number may be
 * @param creator the serialized identity that is said to have signed it
 */
public record ParsedEnvelope(
    ByteString bytes,
    Digest digest,
    Envelope envelope,
    Payload payload,
    String channel,
    int type,
    ByteString creator) {

  /**
   * Opens an envelope.
   *
   * @throws RefusedException if it is not in that form, or not whole, with the reason
   */
  public static ParsedEnvelope of(byte[] bytes) throws RefusedException {
    ByteString shared = ByteString.copyFrom(bytes);
    Envelope envelope = EnvelopeForm.parseOrNull(shared);
    if (envelope == null) {
      throw new RefusedException("the envelope is not encoded as peers need it");
    }
    try {
      Payload payload = Payload.parseFrom(envelope.getPayload());
      ChannelHeader header = ChannelHeader.parseFrom(payload.getHeader().getChannelHeader());
      SignatureHeader signer = SignatureHeader.parseFrom(payload.getHeader().getSignatureHeader());
      return new ParsedEnvelope(
          shared,
          Digest.hash(bytes),
          envelope,
          payload,
          header.getChannelId(),
          header.getType(),
          signer.getCreator());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the envelope's headers cannot be read", e);
    }
  }

  boolean isConfig() {
    return type == HeaderType.CONFIG_VALUE;
  }

  /** What the limits of a channel count. */
  long countedBytes() {
    return EnvelopeForm.sizeBytes(envelope);
  }
}
