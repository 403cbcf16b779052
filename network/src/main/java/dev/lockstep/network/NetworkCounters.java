package dev.lockstep.network;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what happens on the network, for metrics. In total, and for each replica that the event is
 * known to belong to. Safe for any thread.
 */
public final class NetworkCounters {
  /** What is counted. */
  public enum Event {
    /** A connection was accepted; nobody knows yet whose. */
    ACCEPTED,
    /** More connections were opened than are let in; the rest wait for their turn. */
    ACCEPTING_PAUSED,
    /** A connection is authenticated and in use. */
    CONNECTED,
    /** A connection in use ended. */
    DISCONNECTED,
    /** An attempt to connect failed: nobody listens, unknown host, no answer. */
    DIAL_FAILED,
    /** A connection that had not said who it is was dropped in favour of a newer one. */
    EVICTED,
    /** TLS and greeting took too long. */
    HANDSHAKE_TIMEOUT,
    /** A connection ended, or was ended for bad TLS, before it had said who it is. */
    HANDSHAKE_FAILED,
    /** The other end's certificate is not that of a replica, or of a client that may connect. */
    WRONG_CERTIFICATE,
    /** What should be a greeting is none. */
    BAD_GREETING,
    /** A greeting was refused by us. */
    HELLO_REFUSED,
    /** Our greeting was refused. */
    REFUSED_BY_OTHER,
    /** A frame longer than what is allowed; nothing was allocated for it. */
    OVERSIZED_FRAME,
    /** A message was not sent because it is longer than what is allowed. */
    OVERSIZED_MESSAGE,
    /** A message to a replica was dropped since there is no connection. */
    DROPPED_UNCONNECTED,
    /** A message to a replica was dropped since too much waits to be sent already. */
    DROPPED_OVER_BUDGET,
    /** A client was disconnected since it does not read what it is sent. */
    SLOW_READER_CLOSED,
    /** A connection used up its turn, and the rest of its messages had to wait for the others. */
    TURN_CUT_SHORT,
    /** A connection was taken for dead after a long silence. */
    IDLE_CLOSED,
    /** A connection was closed because its other end has made a newer one. */
    REPLACED,
    /** A connection was closed after an error of the socket, of TLS, or of the handler. */
    ERROR_CLOSED,
    /** Messages received. */
    MESSAGES_IN,
    /** Messages queued for sending. */
    MESSAGES_OUT,
    /** Bytes of the messages received, with their frames. */
    BYTES_IN,
    /** Bytes of the messages queued for sending, with their frames. */
    BYTES_OUT
  }

  /** No replica, or not known which. */
  static final int NOBODY = -1;

  private final Map<Event, LongAdder> totals = new EnumMap<>(Event.class);
  private final Map<Event, Map<Integer, LongAdder>> byReplica = new EnumMap<>(Event.class);

  public NetworkCounters() {
    for (Event event : Event.values()) {
      totals.put(event, new LongAdder());
      byReplica.put(event, new ConcurrentHashMap<>());
    }
  }

  void count(Event event) {
    totals.get(event).increment();
  }

  /** Counts for a replica whose identity is beyond doubt, so that there are never many. */
  void count(Event event, int replica) {
    add(event, replica, 1);
  }

  void add(Event event, int replica, long amount) {
    totals.get(event).add(amount);
    if (replica != NOBODY) {
      Map<Integer, LongAdder> adders = byReplica.get(event);
      LongAdder adder = adders.get(replica); // computeIfAbsent would lock on every message
      if (adder == null) {
        adder = adders.computeIfAbsent(replica, id -> new LongAdder());
      }
      adder.add(amount);
    }
  }

  /** The number of events so far. */
  public long total(Event event) {
    return totals.get(event).sum();
  }

  /** The number of events so far that belong to a replica. */
  public long of(Event event, int replica) {
    LongAdder adder = byReplica.get(event).get(replica);
    return adder == null ? 0 : adder.sum();
  }
}
