package dev.lockstep.fabric.follow;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.block.BlockHeaders;
import dev.lockstep.fabric.block.Blocks;
import dev.lockstep.fabric.crypto.Ecdsa;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.Metadata;
import org.hyperledger.fabric.protos.common.MetadataSignature;
import org.hyperledger.fabric.protos.common.OrdererBlockMetadata;
import org.hyperledger.fabric.protos.common.SignatureHeader;

/**
 * What one node signed of a block; its signature is valid.
 *
 * @param value of the metadata, which is signed together with the header
 */
record SignedHeader(
    BlockHeader header, ByteString value, long lastConfig, MetadataSignature signature) {

  /** The node's own signature of a block that it sent, which must be the only one; null if none. */
  static SignedHeader checkedOrNull(NodeIdentity node, Block block) {
    if (block.getMetadata().getMetadataCount() <= Blocks.SIGNATURES_SLOT) {
      return null;
    }
    try {
      Metadata metadata =
          Metadata.parseFrom(block.getMetadata().getMetadata(Blocks.SIGNATURES_SLOT));
      long lastConfig =
          OrdererBlockMetadata.parseFrom(metadata.getValue()).getLastConfig().getIndex();
      if (metadata.getSignaturesCount() != 1
          || !metadata.getValue().equals(Blocks.signedValue(lastConfig))) {
        return null;
      }
      MetadataSignature signature = metadata.getSignatures(0);
      SignatureHeader signer = SignatureHeader.parseFrom(signature.getSignatureHeader());
      if (!signer.getCreator().equals(node.serialized())) {
        return null;
      }
      byte[] signed =
          metadata
              .getValue()
              .concat(signature.getSignatureHeader())
              .concat(ByteString.copyFrom(BlockHeaders.der(block.getHeader())))
              .toByteArray();
      return Ecdsa.verify(node.key(), signed, signature.getSignature().toByteArray())
          ? new SignedHeader(block.getHeader(), metadata.getValue(), lastConfig, signature)
          : null;
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  boolean saysTheSame(SignedHeader other) {
    return header.equals(other.header) && value.equals(other.value);
  }
}
