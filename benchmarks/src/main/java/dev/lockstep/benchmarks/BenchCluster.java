package dev.lockstep.benchmarks;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import java.io.IOException;
import java.util.List;

/** Replicas of a benchmark that run. */
interface BenchCluster extends AutoCloseable {
  /**
   * What one replica has done and used so far.
   *
   * @param cpuNanos of its process; 0 where replicas have none of their own
   * @param residentBytes of its process; 0 where that is not known
   */
  record Sample(
      int replica,
      long cpuNanos,
      long residentBytes,
      long instances,
      long requests,
      long regency) {}

  /** What clients need to know. */
  ClusterConfig config();

  /** A new client that the cluster lets in. */
  ClientCredentials newClient();

  /**
   * All replicas as they are now.
   *
   * @throws IOException if one has died, with its last words
   */
  List<Sample> sample() throws IOException;

  /** Ends the replicas and removes what they wrote. */
  @Override
  void close();
}
