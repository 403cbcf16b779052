package dev.lockstep.fabric.verify;

import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.config.ChannelConfig;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;

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
    throw new UnsupportedOperationException();
  }

  /**
   * Checks the next block. If it is good the chain is longer by one, else it is as before.
   *
   * @return what is wrong with the block; empty if it is good
   */
  public List<BlockViolation> append(Block block) {
    throw new UnsupportedOperationException();
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
