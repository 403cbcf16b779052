package dev.lockstep.fabric.verify;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.msp.Identity;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.MetadataSignature;

/**
 * Tells what is wrong with a block, by the rules of the peers. Pure functions; nothing of the block
 * is trusted.
 */
public final class BlockVerifier {
  private BlockVerifier() {}

  /**
   * Checks a block with all its data.
   *
   * @param previous the header of the block before, which is good
   * @param config the configuration after the block before
   * @return what is wrong with it, in the order of the rules; empty if it is good
   */
  public static List<BlockViolation> verify(
      Block block, BlockHeader previous, ChannelConfig config) {
    throw new UnsupportedOperationException();
  }

  /** The same without the rules about data, for blocks as they are on a stream of headers. */
  public static List<BlockViolation> verifyHeaderAndMetadata(
      Block block, BlockHeader previous, ChannelConfig config) {
    throw new UnsupportedOperationException();
  }

  /**
   * The member that made one signature of a block; null if the signature is not good. Whether the
   * member may sign blocks is for the policy to say.
   *
   * @param value what was signed together with the header
   */
  public static Identity signerOrNull(
      MetadataSignature signature, ByteString value, BlockHeader header, ChannelConfig config) {
    throw new UnsupportedOperationException();
  }
}
