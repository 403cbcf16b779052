package dev.lockstep.fabric.node;

import com.google.protobuf.ByteString;
import java.util.List;
import org.hyperledger.fabric.protos.common.BlockHeader;

/**
 * A block as the group ordered it: the same on all correct nodes. Signatures come later.
 *
 * @param data its envelopes
 * @param lastConfig number of the newest configuration block, its own if it is one
 */
public record OrderedBlock(
    String channel, BlockHeader header, List<ByteString> data, long lastConfig) {
  public long number() {
    return header.getNumber();
  }

  /** Whether it holds a configuration. */
  public boolean isConfig() {
    return lastConfig == number();
  }

  /** Bytes of its envelopes. */
  long dataBytes() {
    return data.stream().mapToLong(ByteString::size).sum();
  }
}
