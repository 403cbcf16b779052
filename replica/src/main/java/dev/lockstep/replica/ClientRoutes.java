package dev.lockstep.replica;

import dev.lockstep.network.ClientConnection;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.replica.ClientLane.Outgoing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How replies find the clients: of each identity its connections, and what is to be sent at the end
 * of the turn. On the protocol loop.
 */
final class ClientRoutes {
  /** Connections that one identity may have here; a newer one replaces the oldest. */
  static final int CONNECTIONS = 16;

  /** Of each client its connections, the oldest first. */
  private final Map<ClientId, ArrayDeque<ClientConnection>> routes = new HashMap<>();

  /** What this turn has for each client loop. */
  private final Map<ClientLane, List<Outgoing>> replies = new LinkedHashMap<>();

  void add(ClientConnection connection) {
    ArrayDeque<ClientConnection> connections =
        routes.computeIfAbsent(connection.client(), any -> new ArrayDeque<>(2));
    connections.add(connection);
    if (connections.size() > CONNECTIONS) {
      ClientConnection oldest = connections.remove();
      oldest.loop().execute(oldest::close);
    }
  }

  void remove(ClientConnection connection) {
    ArrayDeque<ClientConnection> connections = routes.get(connection.client());
    if (connections != null && connections.remove(connection) && connections.isEmpty()) {
      routes.remove(connection.client());
    }
  }

  /** To every connection of the client: which of its processes asked is for them to know. */
  void reply(ClientId client, Message.ToClient message) {
    ArrayDeque<ClientConnection> connections = routes.get(client);
    if (connections == null) {
      return;
    }
    for (ClientConnection connection : connections) {
      replies
          .computeIfAbsent((ClientLane) connection.attachment(), any -> new ArrayList<>(32))
          .add(new Outgoing(connection, message));
    }
  }

  /** End of a turn of the protocol loop: one hand-over for each client loop. */
  void flush() {
    if (!replies.isEmpty()) {
      replies.forEach(ClientLane::post);
      replies.clear();
    }
  }

  /** Identities that are connected. */
  int clients() {
    return routes.size();
  }
}
