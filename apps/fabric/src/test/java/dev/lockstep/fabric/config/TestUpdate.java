package dev.lockstep.fabric.config;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.TestEnvelope;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.ConfigSignature;
import org.hyperledger.fabric.protos.common.ConfigUpdate;
import org.hyperledger.fabric.protos.common.ConfigUpdateEnvelope;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/** Makes configuration updates. */
final class TestUpdate {
  private final String channelId;
  private final ConfigUpdate.Builder update;

  TestUpdate(String channelId) {
    this.channelId = channelId;
    this.update = ConfigUpdate.newBuilder().setChannelId(channelId);
  }

  TestUpdate read(ConfigGroup group) {
    update.setReadSet(group);
    return this;
  }

  TestUpdate write(ConfigGroup group) {
    update.setWriteSet(group);
    return this;
  }

  Envelope signedBy(SigningIdentity... signers) {
    ByteString bytes = update.build().toByteString();
    List<ConfigSignature> signatures = new ArrayList<>();
    for (SigningIdentity signer : signers) {
      ByteString header =
          SignatureHeader.newBuilder()
              .setCreator(signer.serialized())
              .setNonce(ByteString.copyFromUtf8("nonce"))
              .build()
              .toByteString();
      signatures.add(
          ConfigSignature.newBuilder()
              .setSignatureHeader(header)
              .setSignature(signer.sign(header.concat(bytes).toByteArray()))
              .build());
    }
    ConfigUpdateEnvelope envelope =
        ConfigUpdateEnvelope.newBuilder()
            .setConfigUpdate(bytes)
            .addAllSignatures(signatures)
            .build();
    return TestEnvelope.message(channelId, 0)
        .type(HeaderType.CONFIG_UPDATE_VALUE)
        .data(envelope.toByteString())
        .signedBy(Samples.ordererAdmin());
  }
}
