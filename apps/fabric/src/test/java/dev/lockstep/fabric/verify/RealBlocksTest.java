package dev.lockstep.fabric.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import dev.lockstep.fabric.config.ChannelConfig;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RealBlocksTest {

  private static Block block(String channel, int number) {
    return Samples.block(String.format("blocks/%s/%04d.pb", channel, number));
  }

  private static ChainVerifier chain(String channel, int last) throws RefusedException {
    ChainVerifier chain = new ChainVerifier(Samples.genesis(channel));
    for (int i = 1; i <= last; i++) {
      assertThat(chain.append(block(channel, i))).as("%s block %d", channel, i).isEmpty();
    }
    return chain;
  }

  @Test
  void aWholeChainOfTypeBftWithFourNewConfigurations() throws RefusedException {
    ChainVerifier chain = chain("bft10", 32);
    assertThat(chain.last().getNumber()).isEqualTo(32);
    assertThat(chain.config().sequence()).isEqualTo(4);
    assertThat(chain.config().batch().maxMessages()).isEqualTo(20);
    assertThat(chain.config().batch().timeoutMicros()).isEqualTo(250_000);
    assertThat(chain.config().endpoints()).hasSize(5).contains("127.0.0.1:7090");
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "3, 0", "28, 0", "32, 4"})
  void anotherNodesCopyHasOtherSignaturesAndIsGood(int number, int sequence)
      throws RefusedException {
    Block copy = block("bft10-node2", number);
    ChainVerifier chain = chain("bft10", number - 1);
    assertThat(chain.config().sequence()).isEqualTo(sequence);
    assertThat(chain.append(copy)).isEmpty();
  }

  @Test
  void chainsOfTypeEtcdraft() throws RefusedException {
    ChainVerifier chain = chain("raftany10", 17);
    assertThat(chain.config().batch().maxMessages()).isEqualTo(20);
    ChannelConfig config = chain.config();
    for (int from : new int[] {126, 254}) {
      BlockHeader previous = block("raftany10", from).getHeader();
      for (int i = from + 1; i <= (from == 126 ? 130 : 261); i++) {
        assertThat(BlockVerifier.verify(block("raftany10", i), previous, config))
            .as("block %d", i)
            .isEmpty();
        previous = block("raftany10", i).getHeader();
      }
    }
  }

  @Test
  void oneSignatureIsTooFewWhereThreeAreWanted() throws RefusedException {
    ChainVerifier chain = new ChainVerifier(Samples.genesis("raftsig10"));
    assertThat(chain.append(block("raftsig10", 1)))
        .extracting(BlockViolation::rule)
        .containsExactly(BlockRule.SIGNATURES);
    assertThat(chain.last().getNumber()).isZero();
    ChannelConfig config = chain.config();
    for (int i = 4; i <= 12; i++) {
      assertThat(
              BlockVerifier.verify(
                  block("raftsig10", i), block("raftsig10", i - 1).getHeader(), config))
          .as("block %d", i)
          .extracting(BlockViolation::rule)
          .containsExactly(BlockRule.SIGNATURES);
    }
  }

  /** Blocks with just as many signatures as are needed, and nothing in the slots behind them. */
  @ParameterizedTest
  @CsvSource({"bft10, 1", "raftany10, 1"})
  void noByteCanBeChanged(String channel, int number) throws RefusedException {
    ChannelConfig config = Samples.config(channel);
    BlockHeader previous = block(channel, number - 1).getHeader();
    ByteString good = Samples.bytes(String.format("blocks/%s/%04d.pb", channel, number));
    byte[] bytes = good.toByteArray();
    List<Integer> unnoticed = new ArrayList<>();
    for (int i = 0; i < bytes.length; i++) {
      byte flip = (byte) (1 << i % 8);
      bytes[i] ^= flip;
      if (isGood(bytes, previous, config)) {
        unnoticed.add(i);
      }
      bytes[i] ^= flip;
    }
    assertThat(isGood(bytes, previous, config)).isTrue();
    assertThat(unnoticed).isEmpty();
  }

  private static boolean isGood(byte[] bytes, BlockHeader previous, ChannelConfig config) {
    try {
      return BlockVerifier.verify(Block.parseFrom(bytes), previous, config).isEmpty();
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  @Test
  void aNewConfigurationThatItsUpdateDoesNotMakeIsFound() throws RefusedException {
    ChainVerifier chain = chain("bft10", 28);
    assertThat(chain.append(block("bft10", 30)))
        .extracting(BlockViolation::rule)
        .contains(BlockRule.NUMBER, BlockRule.PREVIOUS_HASH);
    assertThat(chain.last().getNumber()).isEqualTo(28);
  }
}
