package dev.lockstep.replica;

import dev.lockstep.network.ClientConnection;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.replica.ClientLane.Outgoing;
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
  /** Of each client its connections; how many there may be is for the listener to say. */
  private final Map<ClientId, List<ClientConnection>> routes = new HashMap<>();

  /** What this turn has for each client loop. */
  private final Map<ClientLane, List<Outgoing>> replies = new LinkedHashMap<>();

  void add(ClientConnection connection) {
    routes.computeIfAbsent(connection.client(), any -> new ArrayList<>(2)).add(connection);
  }

  void remove(ClientConnection connection) {
    List<ClientConnection> connections = routes.get(connection.client());
    if (connections != null && connections.remove(connection) && connections.isEmpty()) {
      routes.remove(connection.client());
    }
  }

  /** To every connection of the client: which of its processes asked is for them to know. */
  void reply(ClientId client, Message.ToClient message) {
    List<ClientConnection> connections = routes.get(client);
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
