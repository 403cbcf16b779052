package dev.lockstep.benchmarks;

import dev.lockstep.api.Service;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.protocol.view.View;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.process.ReplicaHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Each replica in a process of its own, in a temporary folder that goes with it. */
final class ReplicaProcesses implements BenchCluster {
  /** Most heap of a replica. */
  private static final String HEAP = "-Xmx1g";

  private final Path folder;
  private final Thread atExit = new Thread(this::remove, "bench-cleanup");
  private final ProcessCluster cluster;

  /** Starts the replicas and waits until all of them take part. */
  ReplicaProcesses(BenchOptions options, Class<? extends Service> service) throws IOException {
    BenchOptions.Group group = options.group();
    folder = Files.createTempDirectory("lockstep-bench-");
    Runtime.getRuntime().addShutdownHook(atExit);
    ProcessCluster.Builder builder =
        ProcessCluster.builder(folder.resolve("cluster"), service)
            .replicas(group.replicas())
            .faults(group.faults())
            .limits(options.limits())
            .durability(group.durability())
            .javaOptions(HEAP, "-XX:+UseParallelGC");
    if (group.mode() == View.Mode.CRASH) {
      builder.crashOnly();
    }
    if (!group.tls()) {
      builder.withoutTls();
    }
    try {
      cluster = builder.start();
    } catch (IOException | RuntimeException e) {
      end();
      throw e;
    }
  }

  @Override
  public ClusterConfig config() {
    return cluster.config();
  }

  @Override
  public ClientCredentials newClient() {
    return cluster.newCredentials();
  }

  @Override
  public List<Sample> sample() throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (int id = 0; id < cluster.size(); id++) {
      ReplicaHandle replica = cluster.replica(id);
      try {
        samples.add(
            new Sample(
                id,
                ProcessHandle.of(replica.pid()).map(Usage::cpuNanos).orElse(0L),
                replica.residentBytes().orElse(0L),
                (long) replica.metric("lockstep_delivered_instances_total", ""),
                (long) replica.metric("lockstep_delivered_requests_total", ""),
                (long) replica.metric("lockstep_regency", "")));
      } catch (IllegalStateException e) {
        throw new IOException(
            e.getMessage()
                + (replica.isRunning() ? "" : " because it has ended")
                + "; its log ends with: "
                + replica.logTail(),
            e);
      }
    }
    return samples;
  }

  @Override
  public void close() {
    cluster.close();
    end();
  }

  private void end() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The virtual machine is ending, and the hook does the rest.
      return;
    }
    remove();
  }

  private void remove() {
    try {
      ProcessCluster.deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be removed", e);
    }
  }
}
