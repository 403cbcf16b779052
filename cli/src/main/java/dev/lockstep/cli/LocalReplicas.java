package dev.lockstep.cli;

import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.fabric.folder.FabricFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the replicas of a cluster that are on this machine. */
public final class LocalReplicas {
  private LocalReplicas() {}

  /** Whether some process works on the data in the folder of a replica. */
  public static boolean isInUse(Path folder) throws IOException {
    return new LocalReplica(ReplicaDirectory.open(folder)).isInUse();
  }

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

  /**
   * The same for commands that are not for ordering nodes, whose folders look alike.
   *
   * @param command what is to be said after {@code lockstep fabric} instead
   */
  static List<LocalReplica> ofService(ClusterDirectory cluster, String command) throws IOException {
    for (Path folder : cluster.replicas()) {
      if (FabricFolder.isNode(folder)) {
        throw new IOException(
            cluster.path()
                + " is an ordering service's folder; use 'lockstep fabric "
                + command
                + " "
                + cluster.path()
                + "'");
      }
    }
    return of(cluster);
  }
}
