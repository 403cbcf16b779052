package dev.lockstep.fabric.verify;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.config.ConfigEnvelopes;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.Payload;

/**
 * Checks a whole chain, block by block from the first one, which is taken as it is: whoever checks
 * has to know that it is the channel's. It follows the configuration from block to block. Not
 * thread-safe.
 */
public final class ChainVerifier {
  private BlockHeader last;
  private ChannelConfig config;

  /**
   * Starts with the channel's first block.
   *
   * @throws RefusedException if it is no first block of a channel
   */
  public ChainVerifier(Block genesis) throws RefusedException {
    if (genesis.getHeader().getNumber() != 0) {
      throw new RefusedException(
          "a chain starts with block 0 and not with block "
              + Long.toUnsignedString(genesis.getHeader().getNumber()));
    }
    this.config = ChannelConfig.ofBlock(genesis);
    this.last = genesis.getHeader();
  }

  /**
   * Checks the next block. If it is good the chain is longer by one, else it is as before.
   *
   * @return what is wrong with the block; empty if it is good
   */
  public List<BlockViolation> append(Block block) {
    List<BlockViolation> violations = BlockVerifier.verify(block, last, config);
    if (!violations.isEmpty()) {
      return violations;
    }
    try {
      config = configurationAfter(block);
    } catch (RefusedException e) {
      return List.of(new BlockViolation(BlockRule.CONFIGURATION, e.getMessage()));
    }
    last = block.getHeader();
    return List.of();
  }

  private ChannelConfig configurationAfter(Block block) throws RefusedException {
    for (ByteString transaction : block.getData().getDataList()) {
      Envelope envelope = configurationOrNull(transaction);
      if (envelope != null && block.getData().getDataCount() > 1) {
        throw new RefusedException("a new configuration is not alone in its block");
      }
      if (envelope != null) {
        return ConfigEnvelopes.check(config, envelope);
      }
    }
    return config;
  }

  private static Envelope configurationOrNull(ByteString transaction) {
    try {
      Envelope envelope = Envelope.parseFrom(transaction);
      Payload payload = Payload.parseFrom(envelope.getPayload());
      int type = ChannelHeader.parseFrom(payload.getHeader().getChannelHeader()).getType();
      return type == HeaderType.CONFIG_VALUE ? envelope : null;
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  /** The header of the last good block. */
  public BlockHeader last() {
    return last;
  }

  /** The configuration after the last good block. */
  public ChannelConfig config() {
    return config;
  }
}
