package dev.lockstep.fabric.broadcast;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.policy.SignedData;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/**
 * What every envelope has in front of its data. The reasons of refusals are those that clients know
 * from Fabric.
 */
record ParsedHeaders(Payload payload, ChannelHeader channel) {
  static final String MALFORMED = "proto: cannot parse invalid wire-format data";

  static ParsedHeaders of(Envelope envelope) throws RefusedException {
    Payload payload;
    try {
      payload = Payload.parseFrom(envelope.getPayload());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("error unmarshalling Payload: " + MALFORMED, e);
    }
    if (!payload.hasHeader()) {
      throw new RefusedException("header not set");
    }
    if (payload.getHeader().getChannelHeader().isEmpty()) {
      throw new RefusedException("channel header not set");
    }
    try {
      return new ParsedHeaders(
          payload, ChannelHeader.parseFrom(payload.getHeader().getChannelHeader()));
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException(
          "error unmarshalling channel header: error unmarshalling ChannelHeader: " + MALFORMED, e);
    }
  }

  /** The envelope's own signature, unchecked. */
  SignedData signature(Envelope envelope) throws RefusedException {
    try {
      return new SignedData(
          envelope.getPayload().toByteArray(),
          SignatureHeader.parseFrom(payload.getHeader().getSignatureHeader()).getCreator(),
          envelope.getSignature());
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException(
          "could not convert message to signedData: GetSignatureHeaderFromBytes failed, err "
              + MALFORMED,
          e);
    }
  }
}
