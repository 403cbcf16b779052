package dev.lockstep.sql.server;

import dev.lockstep.network.ClientConnection;
import dev.lockstep.network.ClientListener;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.sql.message.SessionMessage;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Where sessions send the steps of their transactions, beside the port for what is ordered. It is
 * authenticated in the same way. Called on network threads; nothing here waits.
 */
final class SqlEndpoint implements ClientListener.Handler {
  private final Speculation speculation;
  private final UnaryOperator<SessionMessage.Answer> answersPass;
  private final Map<UUID, Set<ClientConnection>> connections = new ConcurrentHashMap<>();
  private final LongAdder badMessages = new LongAdder();

  /**
   * @param answersPass what every answer passes on its way out: tests put lies there; null drops it
   */
  SqlEndpoint(Speculation speculation, UnaryOperator<SessionMessage.Answer> answersPass) {
    this.speculation = speculation;
    this.answersPass = answersPass;
  }

  /** What arrived and could not be used. */
  long badMessages() {
    return badMessages.sum();
  }

  static UUID uuid(ClientId client) {
    return new UUID(client.high(), client.low());
  }

  @Override
  public void onConnected(ClientConnection connection) {
    connections.compute(
        uuid(connection.client()),
        (client, known) -> {
          Set<ClientConnection> all = known == null ? new HashSet<>() : new HashSet<>(known);
          all.add(connection);
          return all;
        });
  }

  @Override
  public void onMessage(ClientConnection connection, byte[] message) {
    UUID client = uuid(connection.client());
    SessionMessage decoded;
    try {
      decoded = SessionMessage.decode(message);
    } catch (RefusedException e) {
      badMessages.increment();
      connection.close();
      return;
    }
    if (decoded instanceof SessionMessage.Operation operation) {
      speculation.operation(client, operation, message.length, answersTo(connection));
    } else if (decoded instanceof SessionMessage.Confirm confirm) {
      speculation.confirm(client, confirm);
    } else if (decoded instanceof SessionMessage.Cancel cancel) {
      speculation.cancel(client, cancel.transaction());
    } else if (decoded instanceof SessionMessage.End end) {
      speculation.end(client, end.transaction());
    } else {
      badMessages.increment();
    }
  }

  private Consumer<SessionMessage.Answer> answersTo(ClientConnection connection) {
    return answer -> {
      SessionMessage.Answer passed = answersPass.apply(answer);
      if (passed != null) {
        byte[] bytes = passed.encode();
        connection
            .loop()
            .execute(
                () -> {
                  connection.send(bytes);
                  connection.flush();
                });
      }
    };
  }

  @Override
  public void onReadComplete(ClientConnection connection) {
    // Steps are handed on one by one.
  }

  @Override
  public void onDisconnected(ClientConnection connection) {
    UUID client = uuid(connection.client());
    Set<ClientConnection> left =
        connections.computeIfPresent(
            client,
            (id, known) -> {
              Set<ClientConnection> rest = new HashSet<>(known);
              rest.remove(connection);
              return rest.isEmpty() ? null : rest;
            });
    if (left == null) {
      speculation.gone(client);
    }
  }

  /** Sends a digest to every connection of a client. Any thread. */
  void send(UUID client, SessionMessage.Digest digest) {
    byte[] bytes = digest.encode();
    for (ClientConnection connection : connections.getOrDefault(client, Set.of())) {
      connection
          .loop()
          .execute(
              () -> {
                connection.send(bytes);
                connection.flush();
              });
    }
  }
}
