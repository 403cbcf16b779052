package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.block.BlockHeaders;
import java.util.ArrayList;
import java.util.List;
import org.hyperledger.fabric.protos.common.BlockHeader;

/** What the group knows of one channel. On the service's thread. */
final class ChannelState {
  /** How many envelopes are remembered, so that none of them is ordered again. */
  private static final int REMEMBERED = 1 << 17;

  private final String id;
  final BatchCutter cutter = new BatchCutter();
  final DigestWindow window = new DigestWindow(REMEMBERED);
  BlockHeader newest;
  long lastConfig;
  RulesAtConfig rules;

  ChannelState(String id, BlockHeader newest, long lastConfig, RulesAtConfig rules) {
    this.id = id;
    this.newest = newest;
    this.lastConfig = lastConfig;
    this.rules = rules;
  }

  String id() {
    return id;
  }

  /** Number of the next block. */
  long height() {
    return newest.getNumber() + 1;
  }

  /** Messages in an order become the next block. */
  OrderedBlock next(List<ByteString> data, boolean config) {
    BlockHeader header =
        BlockHeaders.next(height(), BlockHeaders.hash(newest), new ArrayList<>(data));
    newest = header;
    if (config) {
      lastConfig = header.getNumber();
    }
    return new OrderedBlock(id, header, data, lastConfig);
  }
}
