package dev.lockstep.fabric.block;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.TestEnvelope;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.config.ConfigEnvelopes;
import dev.lockstep.fabric.config.ConfigUpdates;
import dev.lockstep.fabric.msp.Identity;
import dev.lockstep.fabric.verify.BlockRule;
import dev.lockstep.fabric.verify.BlockVerifier;
import dev.lockstep.fabric.verify.BlockViolation;
import dev.lockstep.fabric.verify.ChainVerifier;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.MetadataSignature;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlocksTest {

  private static ByteString message(String channel) {
    return TestEnvelope.message(channel, 10).signedBy(Samples.user("User1", 1)).toByteString();
  }

  private static Block next(
      BlockHeader previous,
      List<ByteString> data,
      long lastConfig,
      SignatureStyle style,
      int... nodes) {
    BlockHeader header =
        BlockHeaders.next(previous.getNumber() + 1, BlockHeaders.hash(previous), data);
    List<MetadataSignature> signatures = new ArrayList<>();
    for (int node : nodes) {
      BlockSigner signer =
          style == SignatureStyle.IDENTIFIER_HEADER
              ? BlockSigner.withNumber(Samples.orderer(node), node)
              : BlockSigner.withCertificate(Samples.orderer(node));
      signatures.add(signer.sign(header, Blocks.signedValue(lastConfig)));
    }
    return Blocks.assemble(header, data, lastConfig, signatures);
  }

  @ParameterizedTest
  @CsvSource({
    "raftsig10, SIGNATURE_HEADER",
    "raftany10, SIGNATURE_HEADER",
    "bft10, SIGNATURE_HEADER",
    "bft10, IDENTIFIER_HEADER"
  })
  void theVerifierTakesWhatIsMade(String channel, SignatureStyle style) throws RefusedException {
    ChainVerifier chain = new ChainVerifier(Samples.genesis(channel));
    for (int i = 0; i < 3; i++) {
      List<ByteString> data = List.of(message(channel), message(channel));
      Block block = next(chain.last(), data, 0, style, 1, 2 + i % 2, 4);
      assertThat(chain.append(block)).isEmpty();
    }
    Block tooFew = next(chain.last(), List.of(message(channel)), 0, style, 1, 1, 2);
    assertThat(chain.append(tooFew).isEmpty()).isEqualTo(channel.equals("raftany10"));
  }

  @Test
  void aChainOverANewConfiguration() throws RefusedException {
    ChainVerifier chain = new ChainVerifier(Samples.genesis("raftsig10"));
    ByteString config =
        ConfigEnvelopes.wrap(
                ConfigUpdates.propose(
                    chain.config(), Samples.envelope("raftsig10/72-batchsize20.pb")),
                Samples.orderer(3),
                Samples.NOW)
            .toByteString();
    Block withOthers =
        next(
            chain.last(),
            List.of(message("raftsig10"), config),
            1,
            SignatureStyle.SIGNATURE_HEADER,
            1,
            2,
            3);
    assertThat(chain.append(withOthers))
        .extracting(BlockViolation::rule)
        .containsExactly(BlockRule.CONFIGURATION);
    Block block = next(chain.last(), List.of(config), 1, SignatureStyle.SIGNATURE_HEADER, 1, 2, 3);
    assertThat(chain.append(block)).isEmpty();
    assertThat(chain.config().batch().maxMessages()).isEqualTo(20);
    assertThat(Blocks.isConfig(block)).isTrue();
    assertThat(Blocks.lastConfigNumber(block)).isEqualTo(1);
    assertThat(Blocks.headerWithSignatures(block)).isEqualTo(block);
    Block again = next(chain.last(), List.of(config), 2, SignatureStyle.SIGNATURE_HEADER, 1, 2, 3);
    assertThat(chain.append(again))
        .extracting(BlockViolation::rule)
        .containsExactly(BlockRule.CONFIGURATION);
  }

  @Test
  void metadataIsThatOfARealBlock() {
    Block real = Samples.block("blocks/raftany10/0010.pb");
    long lastConfig = Blocks.lastConfigNumber(real);
    assertThat(lastConfig).isEqualTo(8);
    Block made =
        Blocks.assemble(real.getHeader(), real.getData().getDataList(), lastConfig, List.of());
    assertThat(made.getMetadata().getMetadataList().subList(1, 5))
        .isEqualTo(real.getMetadata().getMetadataList().subList(1, 5));
    Block genesis = Samples.genesis("raftany10");
    assertThat(Blocks.assemble(genesis.getHeader(), genesis.getData().getDataList(), 0, List.of()))
        .isEqualTo(genesis);
  }

  @Test
  void headersGoWithoutData() {
    Block real = Samples.block("blocks/bft10/0001.pb");
    Block header = Blocks.headerWithSignatures(real);
    assertThat(header.hasData()).isFalse();
    assertThat(header.getHeader()).isEqualTo(real.getHeader());
    assertThat(header.getMetadata()).isEqualTo(real.getMetadata());
    assertThat(Blocks.isConfig(header)).isFalse();
  }

  @Test
  void whoSigned() {
    ChannelConfig config = Samples.config("bft10");
    BlockHeader header = Samples.block("blocks/bft10/0001.pb").getHeader();
    ByteString value = Blocks.signedValue(0);
    MetadataSignature byNumber = BlockSigner.withNumber(Samples.orderer(2), 2).sign(header, value);
    Identity signer = BlockVerifier.signerOrNull(byNumber, value, header, config);
    assertThat(signer.certificate()).isEqualTo(Samples.orderer(2).certificate());
    assertThat(BlockVerifier.signerOrNull(byNumber, Blocks.signedValue(1), header, config))
        .isNull();
    MetadataSignature byAnother = BlockSigner.withNumber(Samples.orderer(3), 2).sign(header, value);
    assertThat(BlockVerifier.signerOrNull(byAnother, value, header, config)).isNull();
    MetadataSignature byNobody = BlockSigner.withNumber(Samples.orderer(3), 9).sign(header, value);
    assertThat(BlockVerifier.signerOrNull(byNobody, value, header, config)).isNull();
  }
}
