package dev.lockstep.config;

import dev.lockstep.crypto.ClientAuthority;
import dev.lockstep.crypto.ReplicaCredentials;
import java.util.List;
import java.util.stream.IntStream;

/**
 * All secrets of a new cluster, as only whoever makes the cluster ever has them together.
 *
 * @param replicas by id, from 0
 */
public record ClusterKeys(List<ReplicaCredentials> replicas, ClientAuthority authority) {
  /** Copies the list. */
  public ClusterKeys {
    replicas = List.copyOf(replicas);
  }

  /** Makes the keys of this many replicas, on all cores. */
  public static ClusterKeys generate(int replicas) {
    return new ClusterKeys(
        IntStream.range(0, replicas)
            .parallel()
            .mapToObj(replica -> ReplicaCredentials.generate("replica-" + replica))
            .toList(),
        ClientAuthority.generate("client-authority"));
  }
}
