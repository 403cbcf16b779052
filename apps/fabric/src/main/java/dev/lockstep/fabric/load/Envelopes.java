package dev.lockstep.fabric.load;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.Header;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;
import org.hyperledger.fabric.protos.common.SignatureHeader;
import org.hyperledger.fabric.protos.orderer.SeekInfo;
import org.hyperledger.fabric.protos.orderer.SeekNextCommit;
import org.hyperledger.fabric.protos.orderer.SeekPosition;
import org.hyperledger.fabric.protos.orderer.SeekSpecified;

/** Makes signed envelopes of a client. Thread-safe. */
public final class Envelopes {
  private static final int NONCE_BYTES = 24;
  private static final int NUMBER_BYTES = Long.BYTES;

  private final SigningIdentity signer;
  private final String channel;
  private final SecureRandom random = new SecureRandom();

  public Envelopes(SigningIdentity signer, String channel) {
    this.signer = signer;
    this.channel = channel;
  }

  /**
   * A message that peers do not look into.
   *
   * @param number by which it is known again; in its first eight bytes
   * @param dataBytes how long it is, at least eight
   */
  public Envelope message(long number, int dataBytes) {
    byte[] data = new byte[Math.max(NUMBER_BYTES, dataBytes)];
    ByteBuffer.wrap(data).putLong(number);
    return signed(HeaderType.MESSAGE_VALUE, ByteString.copyFrom(data));
  }

  /** The number in a message; -1 if it is none. */
  public static long number(ByteString envelope) {
    try {
      Payload payload = Payload.parseFrom(Envelope.parseFrom(envelope).getPayload());
      return payload.getData().size() < NUMBER_BYTES
          ? -1
          : payload.getData().asReadOnlyByteBuffer().getLong();
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      return -1;
    }
  }

  /** A request for all blocks from the next one on. */
  public Envelope nextBlocks() {
    SeekPosition start =
        SeekPosition.newBuilder().setNextCommit(SeekNextCommit.getDefaultInstance()).build();
    SeekPosition stop =
        SeekPosition.newBuilder().setSpecified(SeekSpecified.newBuilder().setNumber(-1L)).build();
    SeekInfo seek =
        SeekInfo.newBuilder()
            .setStart(start)
            .setStop(stop)
            .setBehavior(SeekInfo.SeekBehavior.BLOCK_UNTIL_READY)
            .build();
    return signed(HeaderType.DELIVER_SEEK_INFO_VALUE, seek.toByteString());
  }

  private Envelope signed(int type, ByteString data) {
    ChannelHeader header =
        ChannelHeader.newBuilder()
            .setType(type)
            .setChannelId(channel)
            .setTimestamp(Timestamp.newBuilder().setSeconds(Instant.now().getEpochSecond()))
            .build();
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    SignatureHeader creator =
        SignatureHeader.newBuilder()
            .setCreator(signer.serialized())
            .setNonce(ByteString.copyFrom(nonce))
            .build();
    ByteString payload =
        Payload.newBuilder()
            .setHeader(
                Header.newBuilder()
                    .setChannelHeader(header.toByteString())
                    .setSignatureHeader(creator.toByteString()))
            .setData(data)
            .build()
            .toByteString();
    return Envelope.newBuilder()
        .setPayload(payload)
        .setSignature(signer.sign(payload.toByteArray()))
        .build();
  }
}
