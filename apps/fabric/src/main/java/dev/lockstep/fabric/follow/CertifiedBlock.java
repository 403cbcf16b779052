package dev.lockstep.fabric.follow;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.ledger.StoredBlock;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.MetadataSignature;

/**
 * A block that enough nodes have signed.
 *
 * @param lastConfig as they signed it
 * @param signatures one of each of these nodes, checked, in the order of the nodes
 */
public record CertifiedBlock(
    BlockHeader header,
    List<ByteString> data,
    long lastConfig,
    List<MetadataSignature> signatures) {
  /** The whole block. */
  public Block block() {
    return Blocks.assemble(header, data, lastConfig, signatures);
  }

  /** The whole block, as it is stored. */
  public StoredBlock stored() {
    return new StoredBlock(
        header.getNumber(), block().toByteArray(), lastConfig == header.getNumber());
  }
}
