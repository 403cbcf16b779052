package dev.lockstep.protocol.replica.admission;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.requests.RequestBudgets;
import java.util.HashMap;
import java.util.Map;

/**
 * Unordered reads that the service has and has not answered. It may be busy for seconds, with a
 * checkpoint for example, and whatever is handed to it meanwhile waits: so many of each client, and
 * of all together.
 */
final class Reads {
  /** So many times the budget of one client is that of all together. */
  static final int CLIENTS = 8;

  private static final class OfClient {
    int count;
    long bytes;
  }

  private final RequestBudgets budgets;
  private final Map<ClientId, OfClient> waiting = new HashMap<>();
  private long count;
  private long bytes;

  Reads(RequestBudgets budgets) {
    this.budgets = budgets;
  }

  /** Whether there is room for the read, which waits from now on until its {@link #end}. */
  boolean begin(Request read) {
    int weight = read.weight();
    OfClient client = waiting.get(read.client());
    boolean isFull =
        client != null
            && (client.count >= budgets.clientRequests()
                || client.bytes + weight > budgets.clientBytes());
    if (isFull
        || count >= (long) CLIENTS * budgets.clientRequests()
        || bytes + weight > CLIENTS * budgets.clientBytes()) {
      return false;
    }
    if (client == null) {
      client = new OfClient();
      waiting.put(read.client(), client);
    }
    client.count++;
    client.bytes += weight;
    count++;
    bytes += weight;
    return true;
  }

  /** The service answered it. */
  void end(Request read) {
    OfClient client = waiting.get(read.client());
    client.count--;
    client.bytes -= read.weight();
    count--;
    bytes -= read.weight();
    if (client.count == 0) {
      waiting.remove(read.client());
    }
  }
}
