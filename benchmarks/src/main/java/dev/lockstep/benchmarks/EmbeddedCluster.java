package dev.lockstep.benchmarks;

import dev.lockstep.api.Service;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.protocol.view.View;
import dev.lockstep.testkit.LocalCluster;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** All replicas in this process, with nothing on disk. */
final class EmbeddedCluster implements BenchCluster {
  private final int replicas;
  private final LocalCluster<?> cluster;

  EmbeddedCluster(BenchOptions options, Supplier<? extends Service> service) {
    BenchOptions.Group group = options.group();
    replicas = group.replicas();
    var builder = LocalCluster.builder(replicas, group.faults(), service).limits(options.limits());
    if (group.mode() == View.Mode.CRASH) {
      builder.crashOnly();
    }
    if (!group.tls()) {
      builder.withoutTls();
    }
    cluster = builder.start();
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
  public List<Sample> sample() {
    List<Sample> samples = new ArrayList<>();
    for (int id = 0; id < replicas; id++) {
      MeterRegistry metrics = cluster.replica(id).metrics();
      samples.add(
          new Sample(
              id,
              0,
              0,
              (long) metrics.get("lockstep.delivered.instances").functionCounter().count(),
              (long) metrics.get("lockstep.delivered.requests").functionCounter().count(),
              (long) metrics.get("lockstep.regency").gauge().value()));
    }
    return samples;
  }

  @Override
  public void close() {
    cluster.close();
  }
}
