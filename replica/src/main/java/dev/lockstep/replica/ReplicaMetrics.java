package dev.lockstep.replica;

import dev.lockstep.network.NetworkCounters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;

/** The metrics of one replica: what its counters count, and where it stands. Any thread. */
final class ReplicaMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  ReplicaMetrics(
      ReplicaCounters counters, NetworkCounters network, ProtocolLoop protocol, FreeSpace space) {
    counters.bindTo(registry);
    for (NetworkCounters.Event event : NetworkCounters.Event.values()) {
      FunctionCounter.builder("lockstep.network.events", network, counts -> counts.total(event))
          .description("What happened on the network, by kind")
          .tag("event", event.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    Gauge.builder("lockstep.disk.free.bytes", space, FreeSpace::bytes)
        .description("Room that is left where the replica keeps its data")
        .register(registry);
    Gauge.builder("lockstep.regency", protocol, ProtocolLoop::regency).register(registry);
    Gauge.builder("lockstep.last.delivered", protocol, ProtocolLoop::lastDelivered)
        .register(registry);
    Gauge.builder("lockstep.pending.requests", protocol, ProtocolLoop::pendingRequests)
        .register(registry);
  }

  /** To be added to or read. */
  MeterRegistry registry() {
    return registry;
  }

  /** All of them, as Prometheus reads them. */
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
