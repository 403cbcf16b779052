package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The links to several replicas, by their numbers. On the event loop of their owner. */
final class Links {
  private final EventLoop loop;
  private final Link.Owner owner;
  private final Function<Endpoint, Dialer> dialers;

  /** Replaced as a whole, so that any thread may read it. */
  private volatile Map<Integer, Link> links = Map.of();

  private boolean flushing;

  /**
   * @param dialers makes who keeps a connection to an endpoint; null for one that dials itself
   */
  Links(EventLoop loop, Link.Owner owner, Function<Endpoint, Dialer> dialers) {
    this.loop = loop;
    this.owner = owner;
    this.dialers = dialers;
  }

  /**
   * The other ends, from now on. Links to those that are not named any more are closed, and made
   * anew to those that have moved.
   */
  void set(List<Endpoint> endpoints) {
    Map<Integer, Link> before = links;
    Map<Integer, Link> next = new HashMap<>();
    for (Endpoint endpoint : endpoints) {
      Link known = before.get(endpoint.replica());
      Link link =
          known != null && known.leadsTo(endpoint)
              ? known
              : new Link(owner, endpoint, dialers.apply(endpoint));
      if (next.put(endpoint.replica(), link) != null) {
        throw new IllegalArgumentException("replica " + endpoint.replica() + " is named twice");
      }
    }
    links = Map.copyOf(next);
    before.forEach(
        (id, link) -> {
          if (next.get(id) != link) {
            link.close();
          }
        });
    next.forEach(
        (id, link) -> {
          if (before.get(id) != link) {
            link.start();
          }
        });
  }

  /** Whether there is a link to this replica. Any thread. */
  boolean has(int replica) {
    return links.containsKey(replica);
  }

  /** Uses a connection with a replica, unless nobody wants it any more. */
  void adopt(int replica, Connection connection) {
    Link link = links.get(replica);
    if (link == null || owner.isClosed().getAsBoolean()) {
      connection.close();
    } else if (!connection.isClosed()) {
      link.adopt(connection);
    }
  }

  /** Queues a message for one of them, or drops and counts it. */
  void send(int replica, byte[] message) {
    Link link = links.get(replica);
    if (link == null) {
      owner.counters().count(Event.DROPPED_UNCONNECTED);
    } else {
      link.send(message);
    }
  }

  void broadcast(byte[] message) {
    for (Link link : links.values()) {
      link.send(message);
    }
  }

  /** Lets everything leave that was queued, when what else is ready on the loop has been served. */
  void flush() {
    if (!flushing) {
      flushing = true;
      loop.execute(this::flushNow);
    }
  }

  private void flushNow() {
    flushing = false;
    links.values().forEach(Link::flush);
  }

  void close() {
    links.values().forEach(Link::close);
  }
}
