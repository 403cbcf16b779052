package dev.lockstep.replica;

import dev.lockstep.network.ClientConnection;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.replica.RequestIntake.Incoming;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One client loop: what its connections bring in a turn goes to the protocol loop in one bundle,
 * and what they are answered comes in one. Decides which of them are read: none while too many
 * requests wait, none that is over its budget, none that does not read its replies. On its loop.
 */
final class ClientLane {
  /** Something to send. */
  record Outgoing(ClientConnection connection, Message.ToClient message) {}

  private static final long RESUME_MILLIS = 1;

  private final EventLoop loop;
  private final RequestHandover handover;
  private final ReplicaCounters counters;
  private final Penalties<ClientConnection> penalties;
  private final Set<ClientConnection> connections = new LinkedHashSet<>();

  /** Those that let too many replies pile up. */
  private final Set<ClientConnection> unreadable = new HashSet<>();

  /** What was brought in this turn. */
  private List<Incoming> requests = new ArrayList<>();

  /** The end of this turn is in the loop's queue. */
  private boolean scheduled;

  /** Nobody is read, because the protocol is behind. */
  private boolean paused;

  /**
   * @param clock in nanoseconds
   */
  ClientLane(
      EventLoop loop, RequestHandover handover, ReplicaCounters counters, LongSupplier clock) {
    this.loop = loop;
    this.handover = handover;
    this.counters = counters;
    penalties = new Penalties<>(clock);
  }

  void add(ClientConnection connection) {
    connections.add(connection);
    if (paused) {
      review(connection);
    }
  }

  void remove(ClientConnection connection) {
    connections.remove(connection);
    penalties.forget(connection);
    unreadable.remove(connection);
  }

  /** A message of the connection arrived, whatever it is. */
  void onMessage(ClientConnection connection) {
    hold(connection, penalties.onMessage(connection));
  }

  /** The client sent more than it may, or what makes no sense: it is not even read for a while. */
  void penalize(ClientConnection connection) {
    hold(connection, penalties.penalize(connection));
  }

  private void hold(ClientConnection connection, long pauseNanos) {
    if (pauseNanos > 0) {
      counters.clientHeld();
      review(connection);
      loop.schedule(() -> release(connection), pauseNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void release(ClientConnection connection) {
    penalties.release(connection);
    review(connection);
  }

  /** A client that does not read its replies sends no more requests until it does. */
  void onWritable(ClientConnection connection) {
    unreadable.remove(connection);
    review(connection);
  }

  private void review(ClientConnection connection) {
    connection.setAutoRead(
        !paused && !penalties.isHeld(connection) && !unreadable.contains(connection));
  }

  /** Takes a request; it goes over at the end of the turn. */
  void take(Incoming incoming) {
    requests.add(incoming);
    if (!scheduled) {
      scheduled = true;
      loop.execute(this::endOfTurn);
    }
  }

  private void endOfTurn() {
    scheduled = false;
    List<Incoming> bundle = requests;
    requests = new ArrayList<>(Math.max(16, bundle.size()));
    boolean tooMany = handover.hand(bundle);
    if (tooMany && !paused) {
      paused = true;
      counters.clientsPaused();
      connections.forEach(this::review);
    }
    if (paused) {
      loop.schedule(this::resume, RESUME_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void resume() {
    if (!handover.hasRoom()) {
      loop.schedule(this::resume, RESUME_MILLIS, TimeUnit.MILLISECONDS);
    } else if (paused) {
      paused = false;
      connections.forEach(this::review);
    }
  }

  /** Sends a bundle of replies. From the protocol loop. */
  void post(List<Outgoing> bundle) {
    loop.execute(() -> write(bundle));
  }

  private void write(List<Outgoing> bundle) {
    Set<ClientConnection> touched = new LinkedHashSet<>();
    for (Outgoing outgoing : bundle) {
      ClientConnection connection = outgoing.connection;
      if (!connections.contains(connection)) {
        continue; // gone meanwhile; what is noted of it now would stay for ever
      }
      connection.send(Codec.encode(outgoing.message));
      touched.add(connection);
      if (outgoing.message instanceof Message.Reply reply && isForWantOfRoom(reply.outcome())) {
        penalize(connection);
      }
    }
    for (ClientConnection connection : touched) {
      connection.flush();
      if (!connection.isWritable() && unreadable.add(connection)) {
        counters.clientUnread();
        review(connection);
      }
    }
  }

  /** Its requests are too many (BUSY), or its sessions (REFUSED). */
  private static boolean isForWantOfRoom(Message.Outcome outcome) {
    return outcome == Message.Outcome.BUSY || outcome == Message.Outcome.REFUSED;
  }
}
