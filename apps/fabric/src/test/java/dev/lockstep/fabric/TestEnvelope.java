package dev.lockstep.fabric;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.time.Instant;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Header;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;
import org.hyperledger.fabric.protos.orderer.SeekInfo;

/** Makes envelopes as clients send them. */
public final class TestEnvelope {
  private final ChannelHeader.Builder channel = ChannelHeader.newBuilder();
  private ByteString data = ByteString.EMPTY;

  private TestEnvelope(String channelId, int type) {
    channel.setChannelId(channelId).setType(type).setTimestamp(timestamp(Samples.NOW));
  }

  public static TestEnvelope message(String channelId, int dataBytes) {
    return new TestEnvelope(channelId, HeaderType.MESSAGE_VALUE)
        .data(ByteString.copyFrom(new byte[dataBytes]));
  }

  public static TestEnvelope seek(String channelId, SeekInfo seek) {
    return new TestEnvelope(channelId, HeaderType.DELIVER_SEEK_INFO_VALUE)
        .data(seek.toByteString());
  }

  public TestEnvelope data(ByteString bytes) {
    data = bytes;
    return this;
  }

  public TestEnvelope type(int type) {
    channel.setType(type);
    return this;
  }

  public TestEnvelope at(Instant time) {
    channel.setTimestamp(timestamp(time));
    return this;
  }

  public TestEnvelope withoutTime() {
    channel.clearTimestamp();
    return this;
  }

  public TestEnvelope tlsCertificateHash(ByteString hash) {
    channel.setTlsCertHash(hash);
    return this;
  }

  private static Timestamp timestamp(Instant time) {
    return Timestamp.newBuilder().setSeconds(time.getEpochSecond()).build();
  }

  public Envelope signedBy(SigningIdentity signer) {
    ByteString payload = payload(signer.serialized());
    return Envelope.newBuilder()
        .setPayload(payload)
        .setSignature(signer.sign(payload.toByteArray()))
        .build();
  }

  public Envelope unsigned() {
    return Envelope.newBuilder().setPayload(payload(ByteString.EMPTY)).build();
  }

  private ByteString payload(ByteString creator) {
    SignatureHeader signature =
        SignatureHeader.newBuilder()
            .setCreator(creator)
            .setNonce(ByteString.copyFromUtf8("twenty-four bytes of it "))
            .build();
    return Payload.newBuilder()
        .setHeader(
            Header.newBuilder()
                .setChannelHeader(channel.build().toByteString())
                .setSignatureHeader(signature.toByteString()))
        .setData(data)
        .build()
        .toByteString();
  }
}
