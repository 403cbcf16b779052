package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.protocol.bytes.Digest;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of a replica with all others, on one event loop: a message is read, processed and
 * answered without changing threads. Of each pair of replicas the one with the higher number dials.
 *
 * <p>Strangers do not come near that loop: connections are accepted, made, and authenticated on
 * other loops, and move over when it is known whose they are.
 *
 * <p>Methods are called on the event loop, and the handler is, unless said otherwise.
 */
public final class PeerLinks implements AutoCloseable {
  /**
   * What the links need to know.
   *
   * @param self number of this replica
   * @param cluster digest of the cluster's genesis
   * @param view number of the newest view that this replica knows; called on any event loop
   * @param host name or address to listen on
   * @param port 0 for any
   * @param others where the other replicas listen; no others are let in
   * @param tls null for plaintext, where everybody is believed to be who they say they are
   * @param trust not used without TLS
   */
  public record Config(
      int self,
      Digest cluster,
      IntSupplier view,
      String host,
      int port,
      List<Endpoint> others,
      TlsIdentity tls,
      Trust trust,
      NetworkLimits limits) {
    public Config {
      others = List.copyOf(others);
    }
  }

  /** What the owner of the links does with what happens on them. It must not throw. */
  public interface Handler {
    /**
     * A message of a replica. Of each connection they come in the order in which they were sent.
     */
    void onMessage(int peer, byte[] message);

    /** After some messages of one replica: time to {@link PeerLinks#flush}. */
    void onReadComplete();

    /** There is a connection: the first, or a new one after messages may have been lost. */
    void onConnected(int peer);

    /** The connection has ended; another one is being sought. */
    void onDisconnected(int peer);
  }

  private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);

  /** So many may come at once before they are slowed down. */
  private static final int CONNECTIONS_AT_ONCE = 16;

  private final EventLoop loop;
  private final Config config;
  private final Handler handler;
  private final NetworkCounters counters;
  private final String owner;
  private final Doorman doorman;
  private final Dialer.Setup setup;

  /** Replaced as a whole, so that the loops of strangers may read it. */
  private volatile Map<Integer, Peer> peers = Map.of();

  private boolean flushing;
  private volatile boolean closed;

  /**
   * @param loop the protocol's
   * @param strangers loops on which connections are made and authenticated, on the same transport
   *     as {@code loop}
   */
  public PeerLinks(
      EventLoop loop,
      EventLoopGroup strangers,
      Config config,
      Handler handler,
      NetworkCounters counters) {
    this(loop, strangers, config, handler, counters, Tls.bestProvider());
  }

  PeerLinks(
      EventLoop loop,
      EventLoopGroup strangers,
      Config config,
      Handler handler,
      NetworkCounters counters,
      SslProvider provider) {
    this.loop = loop;
    this.config = config;
    this.handler = handler;
    this.counters = counters;
    owner = "replica " + config.self;
    Complaints complaints = new Complaints(LOG, owner, counters);
    AtomicLong held = new AtomicLong(); // of few connections, each with a budget
    Tls server = null;
    Tls client = null;
    if (config.tls == null) {
      LOG.warn(
          "{}: TLS IS OFF between replicas: anybody can speak as any replica. For benchmarks only.",
          owner);
    } else {
      Trust trust = config.trust;
      server =
          Tls.forServer(config.tls, chain -> trust.replicaOf(Tls.keyOf(chain[0])) >= 0, provider);
      client =
          Tls.forClient(config.tls, chain -> trust.replicaOf(Tls.keyOf(chain[0])) >= 0, provider);
    }
    doorman =
        new Doorman(
            strangers, server, config.limits, counters, complaints, owner, held, new PeerJudge());
    setup =
        new Dialer.Setup(
            strangers.next(),
            Dialer.newResolver(owner),
            client,
            config.trust,
            config.cluster,
            this::hello,
            config.limits,
            counters,
            complaints,
            held,
            owner);
  }

  /**
   * Listens, and connects to the others. Any thread, once.
   *
   * @return where it listens; fails if it cannot
   */
  public CompletableFuture<InetSocketAddress> start() {
    CompletableFuture<InetSocketAddress> bound = doorman.bind(config.host, config.port);
    loop.execute(() -> setEndpoints(config.others));
    return bound;
  }

  /**
   * The other replicas, from now on. Connections with those that are not named any more are closed,
   * and made anew with those that have moved.
   */
  public void setEndpoints(List<Endpoint> others) {
    if (closed) {
      return;
    }
    Map<Integer, Peer> next = new HashMap<>();
    for (Endpoint endpoint : others) {
      if (endpoint.replica() == config.self) {
        throw new IllegalArgumentException(endpoint + " is this replica itself");
      }
      Peer known = peers.get(endpoint.replica());
      boolean same =
          known != null && (known.dialer == null || known.dialer.endpoint().equals(endpoint));
      if (next.put(endpoint.replica(), same ? known : new Peer(endpoint)) != null) {
        throw new IllegalArgumentException("replica " + endpoint.replica() + " is named twice");
      }
    }
    Map<Integer, Peer> before = peers;
    peers = Map.copyOf(next);
    before.forEach(
        (id, peer) -> {
          if (next.get(id) != peer) {
            peer.close();
          }
        });
    next.forEach(
        (id, peer) -> {
          if (before.get(id) != peer && peer.dialer != null) {
            peer.dialer.start();
          }
        });
  }

  /**
   * Queues a message; it leaves at the next {@link #flush}. It is dropped, and counted, when there
   * is no connection or too much waits on it.
   *
   * @param message not empty, and not changed by anybody from now on
   */
  public void send(int replica, byte[] message) {
    Peer peer = peers.get(replica);
    if (peer == null) {
      counters.count(Event.DROPPED_UNCONNECTED);
    } else {
      peer.send(message);
    }
  }

  /** {@link #send} to all others. */
  public void broadcast(byte[] message) {
    for (Peer peer : peers.values()) {
      peer.send(message);
    }
  }

  /**
   * Lets everything leave that was queued: when what else is ready on the event loop has been
   * served, so that the answers to several replicas' messages leave together.
   */
  public void flush() {
    if (!flushing) {
      flushing = true;
      loop.execute(this::flushNow);
    }
  }

  private void flushNow() {
    flushing = false;
    for (Peer peer : peers.values()) {
      if (peer.connection != null) {
        peer.connection.flush();
      }
    }
  }

  /**
   * Ends all connections and listens no more. The handler is not told, and once the event loop has
   * done this it is not called again. Any thread.
   */
  @Override
  public void close() {
    closed = true;
    ChannelFuture freed = doorman.close();
    Runnable end = () -> peers.values().forEach(Peer::close);
    if (loop.inEventLoop()) {
      end.run();
      return;
    }
    if (!loop.isShuttingDown()) {
      loop.execute(end);
    }
    if (freed != null && !freed.channel().eventLoop().inEventLoop()) {
      freed.awaitUninterruptibly();
    }
  }

  private Greeting hello() {
    return new Greeting.ReplicaHello(config.cluster, config.view.getAsInt(), config.self);
  }

  /** Moves a connection that is known to be a replica's to the protocol's loop. */
  private void adopt(Connection connection, int replica) {
    connection.moveTo(
        loop,
        () -> {
          Peer peer = peers.get(replica);
          if (peer == null || closed) {
            connection.close();
          } else if (!connection.isClosed()) {
            peer.adopt(connection);
          }
        },
        () -> LOG.debug("{}: connection with replica {} came too late", owner, replica));
  }

  /** Another replica. */
  private final class Peer implements Dialer.Listener {
    final int id;

    /** Null if it is the other one who dials. */
    final Dialer dialer;

    /** Null while there is none. */
    Connection connection;

    /** Connections use up time at a fixed price; the time before this has been used up. */
    private long freeAt = System.nanoTime() - Long.MAX_VALUE / 2;

    Peer(Endpoint endpoint) {
      this.id = endpoint.replica();
      this.dialer = config.self > id ? new Dialer(setup, endpoint, this) : null;
    }

    @Override
    public void dialled(Connection established) {
      PeerLinks.this.adopt(established, id);
    }

    void adopt(Connection established) {
      if (connection != null) {
        counters.count(Event.REPLACED, id);
        Connection old = connection;
        lost(old);
        old.close();
      }
      connection = established;
      counters.count(Event.CONNECTED, id);
      LOG.info("{}: connected with replica {}", owner, id);
      established.use(
          new Connection.Receiver() {
            @Override
            public void onFrame(byte[] payload) {
              handler.onMessage(id, payload);
            }

            @Override
            public void onTurnEnd() {
              handler.onReadComplete();
            }

            @Override
            public void onClosed() {
              lost(established);
            }
          },
          id);
      handler.onConnected(id);
      established.resume();
    }

    /**
     * Each new connection makes the protocol repeat itself, so a replica that makes one after the
     * other is slowed down: to what a correct dialler, which doubles its pauses, never exceeds.
     */
    synchronized boolean mayConnect() {
      long now = System.nanoTime();
      long interval = TimeUnit.MILLISECONDS.toNanos(config.limits.redialMostMillis()) / 2;
      freeAt = Math.max(freeAt, now - CONNECTIONS_AT_ONCE * interval);
      if (freeAt > now - interval) {
        return false;
      }
      freeAt += interval;
      return true;
    }

    private void lost(Connection ended) {
      if (connection == ended) {
        connection = null;
        counters.count(Event.DISCONNECTED, id);
        LOG.info("{}: connection with replica {} ended", owner, id);
        if (!closed) {
          handler.onDisconnected(id);
        }
      }
    }

    void send(byte[] message) {
      if (connection == null) {
        counters.count(Event.DROPPED_UNCONNECTED, id);
      } else if (!connection.send(message)) {
        counters.count(Event.DROPPED_OVER_BUDGET, id);
      }
    }

    void close() {
      if (dialer != null) {
        dialer.close();
      }
      if (connection != null) {
        connection.close();
      }
    }
  }

  private final class PeerJudge implements Doorman.Judge {
    @Override
    public Greeting.Reason refuse(Greeting greeting, byte[] key) {
      if (!(greeting instanceof Greeting.ReplicaHello hello)) {
        return Greeting.Reason.ROLE;
      }
      if (!Objects.equals(hello.cluster(), config.cluster)) {
        return Greeting.Reason.CLUSTER;
      }
      if (key != null && config.trust.replicaOf(key) != hello.replica()) {
        return Greeting.Reason.IDENTITY;
      }
      // Only who is higher dials.
      Peer peer = peers.get(hello.replica());
      if (hello.replica() <= config.self || peer == null) {
        return Greeting.Reason.MEMBERSHIP;
      }
      return peer.mayConnect() ? null : Greeting.Reason.FULL;
    }

    @Override
    public Greeting hello() {
      return PeerLinks.this.hello();
    }

    @Override
    public void accepted(Connection connection, Greeting hello) {
      adopt(connection, ((Greeting.ReplicaHello) hello).replica());
    }
  }
}
