package dev.lockstep.cli;

import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ReplicaDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the replicas of a cluster that are on this machine. */
final class LocalReplicas {
  private LocalReplicas() {}

  /** At least one. */
  static List<LocalReplica> of(ClusterDirectory cluster) throws IOException {
    List<LocalReplica> replicas = new ArrayList<>();
    for (Path folder : cluster.replicas()) {
      replicas.add(new LocalReplica(ReplicaDirectory.open(folder)));
    }
    if (replicas.isEmpty()) {
      throw new IOException(
          cluster.path()
              + " holds no folder of a replica; they are called replica-0, replica-1, ...");
    }
    return replicas;
  }
}
