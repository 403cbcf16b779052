package dev.lockstep.protocol.port;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.replica.ReplicaConfig;
import java.util.List;

/**
 * The state of a replica after the execution of one instance: the protocol's part, which is here,
 * and what the service's is made of.
 *
 * @param head the protocol's part, opaque to storage; at most some hundred bytes for each held
 *     reply and session, and the held results
 * @param contentBytes length of the service's state
 * @param pieces SHA-256 digests of the pieces of {@link ReplicaConfig.Checkpointing#pieceBytes}
 *     that the service's state is cut into; the last may be shorter
 */
public record Checkpoint(long instance, Bytes head, long contentBytes, List<Digest> pieces) {
  public Checkpoint {
    pieces = List.copyOf(pieces);
  }
}
