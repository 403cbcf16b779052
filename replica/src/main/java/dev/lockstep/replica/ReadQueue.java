package dev.lockstep.replica;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.replica.ServiceExecutor.Query;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Unordered reads that wait for the service, a bounded number for each client, who are served in
 * turn: one that asks for more than the service can read waits for itself. Not thread-safe.
 */
final class ReadQueue {
  private static final class OfClient {
    final ArrayDeque<Query> queries = new ArrayDeque<>();
    long bytes;
  }

  private final ReplicaConfig.Budgets budgets;
  private final Map<ClientId, OfClient> clients = new LinkedHashMap<>();

  ReadQueue(ReplicaConfig.Budgets budgets) {
    this.budgets = budgets;
  }

  /** Returns false if the client has too many waiting; the read is dropped then. */
  boolean add(Query query) {
    OfClient known = clients.get(query.client());
    OfClient client = known == null ? new OfClient() : known;
    int weight = query.request().weight();
    if (client.queries.size() >= budgets.clientRequests()
        || client.bytes + weight > budgets.clientBytes()) {
      return false;
    }
    if (known == null) {
      clients.put(query.client(), client);
    }
    client.queries.add(query);
    client.bytes += weight;
    return true;
  }

  boolean isEmpty() {
    return clients.isEmpty();
  }

  /** The next read, of the client that was served longest ago; null if there is none. */
  Query poll() {
    Iterator<Map.Entry<ClientId, OfClient>> first = clients.entrySet().iterator();
    if (!first.hasNext()) {
      return null;
    }
    Map.Entry<ClientId, OfClient> entry = first.next();
    first.remove();
    OfClient client = entry.getValue();
    Query query = client.queries.poll();
    client.bytes -= query.request().weight();
    if (!client.queries.isEmpty()) {
      clients.put(entry.getKey(), client);
    }
    return query;
  }
}
