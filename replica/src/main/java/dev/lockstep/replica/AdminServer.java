package dev.lockstep.replica;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lockstep.protocol.replica.TransferStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The administrator's view of one replica over HTTP: {@code /health} (200 or 503), {@code /status}
 * (JSON), {@code /metrics} (Prometheus). Reads only. Binds to loopback unless told otherwise.
 */
final class AdminServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads;
  private final Supplier<ReplicaStatus> status;

  /**
   * @param address port 0 takes a free one
   * @throws IOException if the address cannot be bound
   */
  AdminServer(
      String name,
      InetSocketAddress address,
      Supplier<ReplicaStatus> status,
      Supplier<String> metrics)
      throws IOException {
    this.status = status;
    server = HttpServer.create(address, 16);
    threads =
        Executors.newFixedThreadPool(
            2,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/health", this::health);
    server.createContext("/status", this::status);
    server.createContext(
        "/metrics", exchange -> answer(exchange, 200, "text/plain; version=0.0.4", metrics.get()));
    server.start();
  }

  InetSocketAddress address() {
    return server.getAddress();
  }

  private void health(HttpExchange exchange) throws IOException {
    ReplicaStatus now = status.get();
    ObjectNode json = JSON.createObjectNode();
    json.put("healthy", now.isHealthy()).put("state", name(now));
    answer(exchange, now.isHealthy() ? 200 : 503, "application/json", text(json));
  }

  private void status(HttpExchange exchange) throws IOException {
    ReplicaStatus now = status.get();
    ObjectNode json = JSON.createObjectNode();
    json.put("replica", now.replica())
        .put("healthy", now.isHealthy())
        .put("state", name(now))
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
    answer(exchange, 200, "application/json", text(json));
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

  private static void answer(HttpExchange exchange, int code, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(code, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdown();
  }
}
