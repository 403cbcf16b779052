package dev.lockstep.replica;

import dev.lockstep.api.RequestVerifier;
import dev.lockstep.network.ClientConnection;
import dev.lockstep.network.ClientListener;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Codec;
import dev.lockstep.protocol.message.CodecLimits;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.ResultDigest;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.view.View;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Between the clients' connections, on loops of their own, and the protocol loop. Requests are
 * decoded, hashed and checked on the client loop that read them, and go over in one bundle for each
 * turn; replies come back the same way and are encoded on the client loop.
 */
final class ClientGate implements ClientListener.Handler {
  /** A request and whose channel it came from. */
  record Incoming(ClientId client, Message.ClientRequest request) {}

  /** Requests that may wait for the protocol loop before client loops stop reading. */
  private static final int WAITING_HIGH = 32_768;

  private static final int WAITING_LOW = 8_192;

  /** Connections that one identity may have here; a newer one replaces the oldest. */
  private static final int CONNECTIONS = 16;

  /** How long a client that is over its budget is not read, in nanoseconds. */
  private static final long BUSY_PAUSE = 20_000_000;

  /** The most that the pause doubles to. */
  private static final long BUSY_PAUSE_MOST = 320_000_000;

  /** Messages that are read of such a client between two pauses. */
  private static final int PROBATION = 64;

  private final ProtocolLoop protocol;
  private final View view;
  private final Digest cluster;
  private final CodecLimits limits;
  private final boolean signed;
  private final Verifier verifier;
  private final RequestVerifier requestVerifier;
  private final ReplicaCounters counters;

  private final Map<EventLoop, Turn> turns = new ConcurrentHashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();

  /** Of each client its connections, the oldest first. Protocol loop only. */
  private final Map<ClientId, ArrayDeque<ClientConnection>> routes = new HashMap<>();

  private final Set<Turn> toFlush = new LinkedHashSet<>();

  /**
   * @param requestVerifier may be null
   */
  ClientGate(
      ProtocolLoop protocol,
      View view,
      Digest cluster,
      Verifier verifier,
      RequestVerifier requestVerifier,
      ReplicaCounters counters) {
    this.protocol = protocol;
    this.view = view;
    this.cluster = cluster;
    this.verifier = verifier;
    this.requestVerifier = requestVerifier;
    this.counters = counters;
    limits = CodecLimits.of(view);
    signed =
        view.byzantine() && view.limits().authentication() == View.RequestAuthentication.SIGNED;
  }

  /** What one client loop collects in a turn, and what it is handed. */
  private final class Turn {
    final EventLoop loop;
    final Set<ClientConnection> connections = new LinkedHashSet<>();

    /** Those over their budget, which are not read for a while. */
    final Set<ClientConnection> held = new HashSet<>();

    /** Those that were over their budget lately. */
    final Map<ClientConnection, Penalty> penalties = new HashMap<>();

    /** Those that let too many replies pile up. */
    final Set<ClientConnection> unreadable = new HashSet<>();

    List<Incoming> requests = new ArrayList<>();
    boolean scheduled;
    boolean paused;

    /** Protocol loop only. */
    List<Outgoing> replies = new ArrayList<>();

    Turn(EventLoop loop) {
      this.loop = loop;
    }

    void add(Incoming incoming) {
      requests.add(incoming);
      if (!scheduled) {
        scheduled = true;
        loop.execute(this::post);
      }
    }

    private void post() {
      scheduled = false;
      List<Incoming> bundle = requests;
      requests = new ArrayList<>(Math.max(16, bundle.size()));
      if (waiting.addAndGet(bundle.size()) > WAITING_HIGH && !paused) {
        paused = true;
        counters.clientsPaused();
        connections.forEach(this::review);
      }
      protocol
          .loop()
          .execute(
              () -> {
                protocol.onRequests(bundle);
                waiting.addAndGet(-bundle.size());
              });
      if (paused) {
        loop.schedule(this::resume, 1, TimeUnit.MILLISECONDS);
      }
    }

    private void resume() {
      if (waiting.get() > WAITING_LOW) {
        loop.schedule(this::resume, 1, TimeUnit.MILLISECONDS);
      } else if (paused) {
        paused = false;
        connections.forEach(this::review);
      }
    }

    void review(ClientConnection connection) {
      connection.setAutoRead(
          !paused && !held.contains(connection) && !unreadable.contains(connection));
    }

    void write(List<Outgoing> bundle) {
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

    /** The client asked for more than it may, or for nothing that makes sense. */
    void penalize(ClientConnection connection) {
      Penalty penalty = penalties.computeIfAbsent(connection, any -> new Penalty());
      long now = System.nanoTime();
      if (now - penalty.lengthened > 2 * penalty.pauseNanos) {
        penalty.lengthened = now;
        penalty.pauseNanos = Math.min(2 * penalty.pauseNanos, BUSY_PAUSE_MOST);
      }
      penalty.last = now;
      hold(connection, penalty);
    }

    /** Not even read for a while. */
    private void hold(ClientConnection connection, Penalty penalty) {
      if (held.add(connection)) {
        counters.clientHeld();
        review(connection);
        loop.schedule(() -> release(connection, penalty), penalty.pauseNanos, TimeUnit.NANOSECONDS);
      }
    }

    private void release(ClientConnection connection, Penalty penalty) {
      held.remove(connection);
      penalty.allowed = PROBATION;
      if (System.nanoTime() - penalty.last > 4 * penalty.pauseNanos) {
        penalties.remove(connection);
      }
      review(connection);
    }

    /** A message of the connection arrived. */
    void onMessage(ClientConnection connection) {
      Penalty penalty = penalties.isEmpty() ? null : penalties.get(connection);
      if (penalty != null && --penalty.allowed <= 0) {
        hold(connection, penalty);
      }
    }
  }

  /**
   * Of a connection on which more was sent than the client's budget allows, or what is no request:
   * it is read in small pieces, with pauses that grow while the client goes on like that, so that
   * refusing it costs others little.
   */
  private static final class Penalty {
    long pauseNanos = BUSY_PAUSE;
    long lengthened = System.nanoTime();
    long last;

    /** Messages that are read before the next pause. */
    int allowed;
  }

  private record Outgoing(ClientConnection connection, Message.ToClient message) {}

  // ---- client loops -------------------------------------------------------------------------

  @Override
  public void onConnected(ClientConnection connection) {
    Turn turn = turns.computeIfAbsent(connection.loop(), Turn::new);
    connection.attach(turn);
    turn.connections.add(connection);
    if (turn.paused) {
      turn.review(connection);
    }
    protocol.loop().execute(() -> addRoute(connection));
  }

  @Override
  public void onDisconnected(ClientConnection connection) {
    Turn turn = turn(connection);
    turn.connections.remove(connection);
    turn.held.remove(connection);
    turn.penalties.remove(connection);
    turn.unreadable.remove(connection);
    protocol.loop().execute(() -> removeRoute(connection));
  }

  @Override
  public void onMessage(ClientConnection connection, byte[] bytes) {
    turn(connection).onMessage(connection);
    Message message;
    try {
      message = Codec.decode(bytes, limits);
    } catch (DecodeException e) {
      bad(connection);
      return;
    }
    if (!(message instanceof Message.ClientRequest request)) {
      bad(connection);
      return;
    }
    Request body = request.request();
    if (!body.client().equals(connection.client()) || !isSignatureValid(body)) {
      bad(connection);
      return;
    }
    if (requestVerifier != null && isForService(body) && !isWanted(body)) {
      counters.refusedRequest();
      connection.send(Codec.encode(refusal(body)));
      connection.flush();
      return;
    }
    turn(connection).add(new Incoming(connection.client(), request));
  }

  /** Dropped and counted; who goes on like that is read in small pieces. */
  private void bad(ClientConnection connection) {
    counters.badClientMessage();
    turn(connection).penalize(connection);
  }

  @Override
  public void onReadComplete(ClientConnection connection) {
    // The turn of the loop posts what all its connections brought.
  }

  /** A client that does not read its replies sends no more requests until it does. */
  @Override
  public void onWritable(ClientConnection connection) {
    Turn turn = turn(connection);
    turn.unreadable.remove(connection);
    turn.review(connection);
  }

  /** The turn of the connection's loop, from any thread. */
  private static Turn turn(ClientConnection connection) {
    return (Turn) connection.attachment();
  }

  private boolean isSignatureValid(Request request) {
    return !signed
        || request.kind() == Request.Kind.UNORDERED
        || verifier.client(
            request.client(), Statements.request(cluster, request.digest()), request.signature());
  }

  /** Its requests are too many (BUSY), or its sessions (REFUSED). */
  private static boolean isForWantOfRoom(Message.Outcome outcome) {
    return outcome == Message.Outcome.BUSY || outcome == Message.Outcome.REFUSED;
  }

  private static boolean isForService(Request request) {
    return request.kind() == Request.Kind.ORDERED || request.kind() == Request.Kind.UNORDERED;
  }

  private boolean isWanted(Request request) {
    try {
      return requestVerifier.isValid(
          ServiceExecutor.uuid(request.client()), request.operation().array());
    } catch (RuntimeException e) {
      // The application's code, on bytes that a client chose: what it cannot judge is refused.
      counters.serviceException();
      return false;
    }
  }

  private Message.Reply refusal(Request request) {
    return new Message.Reply(
        view.id(),
        request.session(),
        request.sequence(),
        request.digest(),
        Message.Outcome.REFUSED,
        ResultDigest.of(Message.Outcome.REFUSED, Bytes.EMPTY),
        Bytes.EMPTY,
        0);
  }

  // ---- protocol loop ------------------------------------------------------------------------

  private void addRoute(ClientConnection connection) {
    ArrayDeque<ClientConnection> connections =
        routes.computeIfAbsent(connection.client(), any -> new ArrayDeque<>(2));
    connections.add(connection);
    if (connections.size() > CONNECTIONS) {
      connections.remove().close();
    }
  }

  private void removeRoute(ClientConnection connection) {
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
      Turn turn = turn(connection);
      turn.replies.add(new Outgoing(connection, message));
      toFlush.add(turn);
    }
  }

  /** End of a turn of the protocol loop: one hand-over for each client loop. */
  void flush() {
    for (Turn turn : toFlush) {
      List<Outgoing> bundle = turn.replies;
      turn.replies = new ArrayList<>(Math.max(16, bundle.size()));
      turn.loop.execute(() -> turn.write(bundle));
    }
    toFlush.clear();
  }

  int clients() {
    return routes.size();
  }
}
