package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * The way to one replica: a connection, or none for now, and whoever makes the next one. On the
 * event loop of its owner.
 */
final class Link {
  /**
   * What the links of one owner share.
   *
   * @param isClosed the handler is told nothing more
   * @param level at which comings and goings are logged
   */
  record Owner(
      String name,
      LinkHandler handler,
      BooleanSupplier isClosed,
      NetworkCounters counters,
      Logger log,
      Level level) {}

  private final Owner owner;
  private final Endpoint endpoint;

  /** Null if it is the other one who dials. */
  private final Dialer dialerOrNull;

  /** Null while there is none. */
  private Connection connectionOrNull;

  Link(Owner owner, Endpoint endpoint, Dialer dialerOrNull) {
    this.owner = owner;
    this.endpoint = endpoint;
    this.dialerOrNull = dialerOrNull;
  }

  /** Whether it leads to this endpoint; where the other one dials from does not matter. */
  boolean leadsTo(Endpoint other) {
    return dialerOrNull == null ? endpoint.replica() == other.replica() : endpoint.equals(other);
  }

  void start() {
    if (dialerOrNull != null) {
      dialerOrNull.start();
    }
  }

  /** Takes a connection that is authenticated, greeted, and paused; the one before is ended. */
  void adopt(Connection established) {
    int id = endpoint.replica();
    if (connectionOrNull != null) {
      owner.counters.count(Event.REPLACED, id);
      Connection old = connectionOrNull;
      lost(old);
      old.close();
    }
    connectionOrNull = established;
    owner.counters.count(Event.CONNECTED, id);
    owner.log.atLevel(owner.level).log("{}: connected with replica {}", owner.name, id);
    established.use(
        new Connection.Receiver() {
          @Override
          public void onFrame(byte[] payload) {
            owner.handler.onMessage(id, payload);
          }

          @Override
          public void onTurnEnd() {
            owner.handler.onReadComplete();
          }

          @Override
          public void onClosed() {
            lost(established);
          }
        },
        id);
    owner.handler.onConnected(id);
    established.resume();
  }

  private void lost(Connection ended) {
    if (connectionOrNull != ended) {
      return;
    }
    int id = endpoint.replica();
    connectionOrNull = null;
    owner.counters.count(Event.DISCONNECTED, id);
    owner.log.atLevel(owner.level).log("{}: connection with replica {} ended", owner.name, id);
    if (!owner.isClosed.getAsBoolean()) {
      owner.handler.onDisconnected(id);
    }
  }

  /** Queues a message, or drops and counts it. */
  void send(byte[] message) {
    if (connectionOrNull == null) {
      owner.counters.count(Event.DROPPED_UNCONNECTED, endpoint.replica());
    } else if (!connectionOrNull.send(message)) {
      owner.counters.count(Event.DROPPED_OVER_BUDGET, endpoint.replica());
    }
  }

  void flush() {
    if (connectionOrNull != null) {
      connectionOrNull.flush();
    }
  }

  /** Ends the connection and seeks no other. */
  void close() {
    if (dialerOrNull != null) {
      dialerOrNull.close();
    }
    if (connectionOrNull != null) {
      connectionOrNull.close();
    }
  }
}
