package dev.lockstep.fabric.block;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.BlockData;
import org.hyperledger.fabric.protos.common.BlockHeader;
import org.hyperledger.fabric.protos.common.BlockMetadata;
import org.hyperledger.fabric.protos.common.ChannelHeader;
import org.hyperledger.fabric.protos.common.Envelope;
import org.hyperledger.fabric.protos.common.HeaderType;
import org.hyperledger.fabric.protos.common.LastConfig;
import org.hyperledger.fabric.protos.common.Metadata;
import org.hyperledger.fabric.protos.common.MetadataSignature;
import org.hyperledger.fabric.protos.common.OrdererBlockMetadata;
import org.hyperledger.fabric.protos.common.Payload;

/**
 * Makes blocks. A block is header, data and five slots of metadata: signatures over the header and
 * over the number of the last configuration block, that number once more, and three that are empty
 * until a peer fills them.
 */
public final class Blocks {
  /** Slots of metadata that a block must have. */
  public static final int METADATA_SLOTS = 5;

  /** The slot of the signatures. */
  public static final int SIGNATURES_SLOT = 0;

  /** The slot of the last configuration block's number. */
  public static final int LAST_CONFIG_SLOT = 1;

  private Blocks() {}

  /**
   * What is signed together with the header, the same for all nodes: the number of the newest
   * configuration block, which for a configuration block is its own.
   */
  public static ByteString signedValue(long lastConfigNumber) {
    return OrdererBlockMetadata.newBuilder()
        .setLastConfig(LastConfig.newBuilder().setIndex(lastConfigNumber))
        .build()
        .toByteString();
  }

  /** Puts a block together. The order of the signatures is kept. */
  public static Block assemble(
      BlockHeader header,
      List<ByteString> data,
      long lastConfigNumber,
      List<MetadataSignature> signatures) {
    Metadata signed =
        Metadata.newBuilder()
            .setValue(signedValue(lastConfigNumber))
            .addAllSignatures(signatures)
            .build();
    Metadata lastConfig =
        Metadata.newBuilder()
            .setValue(LastConfig.newBuilder().setIndex(lastConfigNumber).build().toByteString())
            .build();
    BlockMetadata.Builder metadata =
        BlockMetadata.newBuilder()
            .addMetadata(signed.toByteString())
            .addMetadata(lastConfig.toByteString());
    while (metadata.getMetadataCount() < METADATA_SLOTS) {
      metadata.addMetadata(ByteString.EMPTY);
    }
    return Block.newBuilder()
        .setHeader(header)
        .setData(BlockData.newBuilder().addAllData(data))
        .setMetadata(metadata)
        .build();
  }

  /**
   * The block as it goes over a stream of headers with signatures: without data, unless it is a
   * configuration block.
   */
  public static Block headerWithSignatures(Block block) {
    return isConfig(block) ? block : block.toBuilder().clearData().build();
  }

  /** Whether the block holds a new configuration, which is always alone in its block. */
  public static boolean isConfig(Block block) {
    return configEnvelopeOrNull(block) != null;
  }

  /** The envelope of the new configuration in this block; null if it holds none. */
  public static Envelope configEnvelopeOrNull(Block block) {
    if (block.getData().getDataCount() != 1) {
      return null;
    }
    try {
      Envelope envelope = Envelope.parseFrom(block.getData().getData(0));
      Payload payload = Payload.parseFrom(envelope.getPayload());
      ChannelHeader header = ChannelHeader.parseFrom(payload.getHeader().getChannelHeader());
      return header.getType() == HeaderType.CONFIG_VALUE ? envelope : null;
    } catch (InvalidProtocolBufferException e) {
      return null;
    }
  }

  /**
   * The number of the newest configuration block as this block's signed metadata tells it; 0 if it
   * tells none. Not to be trusted before the signatures are checked.
   */
  public static long lastConfigNumber(Block block) {
    if (block.getMetadata().getMetadataCount() == 0) {
      return 0;
    }
    try {
      Metadata signed = Metadata.parseFrom(block.getMetadata().getMetadata(SIGNATURES_SLOT));
      return OrdererBlockMetadata.parseFrom(signed.getValue()).getLastConfig().getIndex();
    } catch (InvalidProtocolBufferException e) {
      return 0;
    }
  }
}
