package dev.lockstep.replica;

import dev.lockstep.protocol.port.Event;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** What a replica counts, from any thread, and how it appears among the metrics. */
final class ReplicaCounters {
  private static final Event[] EVENTS = Event.values();

  /** The ids of the replicas, ascending. They may be any numbers, so they are no places. */
  private final int[] ids;

  /** By event and place of the peer + 1; the first place is for events that no peer caused. */
  private final LongAdder[][] events;

  private final LongAdder[] badPeerMessages;
  private final LongAdder badClientMessages = new LongAdder();
  private final LongAdder refusedRequests = new LongAdder();
  private final LongAdder refusedForSpace = new LongAdder();
  private final LongAdder clientsHeld = new LongAdder();
  private final LongAdder clientsUnread = new LongAdder();
  private final LongAdder clientsPaused = new LongAdder();
  private final LongAdder serviceExceptions = new LongAdder();
  private final LongAdder damagedPieces = new LongAdder();
  private final LongAdder instances = new LongAdder();
  private final LongAdder requests = new LongAdder();

  /**
   * @param ids of all replicas
   */
  ReplicaCounters(int... ids) {
    this.ids = ids.clone();
    Arrays.sort(this.ids);
    events = new LongAdder[EVENTS.length][ids.length + 1];
    badPeerMessages = new LongAdder[ids.length];
    for (LongAdder[] peers : events) {
      for (int i = 0; i < peers.length; i++) {
        peers[i] = new LongAdder();
      }
    }
    for (int i = 0; i < badPeerMessages.length; i++) {
      badPeerMessages[i] = new LongAdder();
    }
  }

  void count(Event event, int peer) {
    events[event.ordinal()][Math.max(-1, Arrays.binarySearch(ids, peer)) + 1].increment();
  }

  void badPeerMessage(int peer) {
    badPeerMessages[Arrays.binarySearch(ids, peer)].increment();
  }

  void badClientMessage() {
    badClientMessages.increment();
  }

  void refusedRequest() {
    refusedRequests.increment();
  }

  void refusedForSpace() {
    refusedForSpace.increment();
  }

  void clientHeld() {
    clientsHeld.increment();
  }

  void clientUnread() {
    clientsUnread.increment();
  }

  void clientsPaused() {
    clientsPaused.increment();
  }

  void serviceException() {
    serviceExceptions.increment();
  }

  void damagedPiece() {
    damagedPieces.increment();
  }

  void delivered(int commands) {
    instances.increment();
    requests.add(commands);
  }

  /** How often the event was counted, whoever caused it. */
  long total(Event event) {
    long sum = 0;
    for (LongAdder peer : events[event.ordinal()]) {
      sum += peer.sum();
    }
    return sum;
  }

  void bindTo(MeterRegistry registry) {
    for (Event event : EVENTS) {
      for (int i = 0; i < events[event.ordinal()].length; i++) {
        FunctionCounter.builder(
                "lockstep.protocol.events", events[event.ordinal()][i], LongAdder::doubleValue)
            .description("Events of the protocol, by kind and by the replica that caused them")
            .tag("event", event.name().toLowerCase(Locale.ROOT))
            .tag("peer", i == 0 ? "none" : Integer.toString(ids[i - 1]))
            .register(registry);
      }
    }
    for (int i = 0; i < badPeerMessages.length; i++) {
      FunctionCounter.builder(
              "lockstep.peer.bad.messages", badPeerMessages[i], LongAdder::doubleValue)
          .description("Messages of a replica that cannot be decoded; they were dropped")
          .tag("peer", Integer.toString(ids[i]))
          .register(registry);
    }
    counter("lockstep.client.bad.messages", badClientMessages)
        .description("Messages of clients that cannot be decoded or are not authentic")
        .register(registry);
    counter("lockstep.client.refused", refusedRequests)
        .description("Requests that the service's request verifier refused")
        .register(registry);
    counter("lockstep.client.refused.for.space", refusedForSpace)
        .description("Requests that were answered BUSY because the disk is nearly full")
        .register(registry);
    counter("lockstep.client.held", clientsHeld)
        .description("Times that a client over its budget was not read for a while")
        .register(registry);
    counter("lockstep.client.unread", clientsUnread)
        .description("Times that a client was not read until it had read its replies")
        .register(registry);
    counter("lockstep.client.paused", clientsPaused)
        .description("Times that all clients were not read because the protocol was behind")
        .register(registry);
    counter("lockstep.service.exceptions", serviceExceptions)
        .description("Exceptions that the service threw")
        .register(registry);
    counter("lockstep.checkpoint.damaged.pieces", damagedPieces)
        .description("Pieces of checkpoints that could not be read from the disk, or were damaged")
        .register(registry);
    counter("lockstep.delivered.instances", instances)
        .description("Instances delivered since the start, with those replayed from the log")
        .register(registry);
    counter("lockstep.delivered.requests", requests)
        .description("Requests delivered since the start, with those replayed from the log")
        .register(registry);
  }

  private static FunctionCounter.Builder<LongAdder> counter(String name, LongAdder adder) {
    return FunctionCounter.builder(name, adder, LongAdder::doubleValue);
  }
}
