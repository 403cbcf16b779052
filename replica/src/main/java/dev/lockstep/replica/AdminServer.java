package dev.lockstep.replica;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.protocol.replica.transfer.TransferStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The administrator's view of one replica over HTTP: {@code /live} (503: only a restart helps),
 * {@code /ready} and {@code /health} (503: it does not take part now), {@code /status} (JSON),
 * {@code /metrics} (Prometheus). Reads only. Binds to loopback unless told otherwise.
 */
final class AdminServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final AdminHttp server;
  private final Supplier<ReplicaStatus> status;
  private final Supplier<String> metrics;

  /**
   * @param failStop is told when one of its threads fails
   * @param address port 0 takes a free one
   * @throws IOException if the address cannot be bound
   */
  AdminServer(
      FailStop failStop,
      String name,
      InetSocketAddress address,
      Collection<String> hosts,
      Supplier<ReplicaStatus> status,
      Supplier<String> metrics)
      throws IOException {
    this.status = status;
    this.metrics = metrics;
    server = new AdminHttp(failStop.threads(name), failStop::failed, address, hosts, this::page);
  }

  InetSocketAddress address() {
    return server.address();
  }

  void bindTo(MeterRegistry registry) {
    for (AdminHttp.Event event : AdminHttp.Event.values()) {
      FunctionCounter.builder("lockstep.admin.events", server, counts -> counts.count(event))
          .description("What happened at the administrator's endpoint, by kind")
          .tag("event", event.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  private AdminHttp.Answer page(String path) {
    return switch (path) {
      case "/live" -> health(ReplicaStatus::isLive);
      case "/ready", "/health" -> health(ReplicaStatus::isHealthy);
      case "/status" -> status();
      case "/metrics" ->
          new AdminHttp.Answer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.get());
      default -> null;
    };
  }

  private AdminHttp.Answer health(Predicate<ReplicaStatus> isWell) {
    ReplicaStatus now = status.get();
    ObjectNode json = JSON.createObjectNode();
    json.put("live", now.isLive())
        .put("healthy", now.isHealthy())
        .put("state", name(now))
        .put("reason", now.stopReasonOrNull());
    return new AdminHttp.Answer(isWell.test(now) ? 200 : 503, "application/json", text(json));
  }

  private AdminHttp.Answer status() {
    ReplicaStatus now = status.get();
    ObjectNode json = JSON.createObjectNode();
    json.put("replica", now.replica())
        .put("cluster", now.cluster())
        .put("process", ProcessHandle.current().pid())
        .put("healthy", now.isHealthy())
        .put("state", name(now))
        .put("reason", now.stopReasonOrNull())
        .put("view", now.view())
        .put("mode", now.mode().name().toLowerCase(Locale.ROOT))
        .put("regency", now.regency())
        .put("leader", now.leader())
        .put("lastDelivered", now.lastDelivered())
        .put("lag", now.lag())
        .put("pendingRequests", now.pendingRequests())
        .put("clients", now.clients())
        .put("durability", now.durability());
    TransferStatus transfer = now.transfer();
    if (transfer.phase() == TransferStatus.Phase.NONE) {
      json.putNull("transfer");
    } else {
      json.putObject("transfer")
          .put("phase", transfer.phase().name().toLowerCase(Locale.ROOT))
          .put("instance", transfer.instance())
          .put("source", transfer.source())
          .put("pieces", transfer.pieces())
          .put("piecesDone", transfer.piecesDone());
    }
    now.connected().forEach(json.putArray("connected")::add);
    return new AdminHttp.Answer(200, "application/json", text(json));
  }

  private static String name(ReplicaStatus now) {
    return now.state().name().toLowerCase(Locale.ROOT);
  }

  private static String text(ObjectNode json) {
    try {
      return JSON.writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values is always JSON", e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
