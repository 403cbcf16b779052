package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslProvider;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's side: one connection for each replica, on one event loop, made again whenever it
 * ends. Methods are called on that loop, and the handler is, unless said otherwise.
 */
public final class ReplicaLinks implements AutoCloseable {
  /**
   * What the links need to know.
   *
   * @param client who this client is; with TLS, {@link Trust#clientOf} its certificate's key
   * @param cluster digest of the cluster's genesis
   * @param view number of the newest view that this client knows; called on the event loop
   * @param replicas where the replicas listen for clients
   * @param tls null for plaintext
   * @param trust tells the replicas by their keys; not used without TLS
   */
  public record Config(
      ClientId client,
      Digest cluster,
      IntSupplier view,
      List<Endpoint> replicas,
      TlsIdentity tls,
      Trust trust,
      NetworkLimits limits) {
    public Config {
      replicas = List.copyOf(replicas);
      if (tls != null && !Trust.clientOf(tls.subjectPublicKeyInfo()).equals(client)) {
        throw new IllegalArgumentException(
            "with TLS the client's identity is that of its certificate, not " + client);
      }
    }
  }

  /** What the client does with what happens on its links. It must not throw. */
  public interface Handler {
    /**
     * A message of a replica. Of each connection they come in the order in which they were sent.
     */
    void onMessage(int replica, byte[] message);

    /** After some messages of one replica: time to {@link ReplicaLinks#flush}. */
    void onReadComplete();

    /** There is a connection: the first, or a new one after messages may have been lost. */
    void onConnected(int replica);

    /** The connection has ended; another one is being sought. */
    void onDisconnected(int replica);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaLinks.class);

  /** Once in a process is loud enough: a benchmark makes hundreds of clients. */
  private static final AtomicBoolean SAID_INSECURE = new AtomicBoolean();

  private final EventLoop loop;
  private final Config config;
  private final Handler handler;
  private final NetworkCounters counters;
  private final String owner;
  private final Dialer.Setup setup;
  private final Map<Integer, Link> links = new HashMap<>();
  private boolean flushing;
  private volatile boolean closed;

  public ReplicaLinks(EventLoop loop, Config config, Handler handler, NetworkCounters counters) {
    this(loop, config, handler, counters, Tls.bestProvider());
  }

  ReplicaLinks(
      EventLoop loop,
      Config config,
      Handler handler,
      NetworkCounters counters,
      SslProvider provider) {
    this.loop = loop;
    this.config = config;
    this.handler = handler;
    this.counters = counters;
    owner = "client " + config.client;
    Tls tls = null;
    if (config.tls == null) {
      if (!SAID_INSECURE.getAndSet(true)) {
        LOG.warn("{}: TLS IS OFF: anybody can speak as any replica. For benchmarks only.", owner);
      }
    } else {
      Trust trust = config.trust;
      tls = Tls.forClient(config.tls, chain -> trust.replicaOf(Tls.keyOf(chain[0])) >= 0, provider);
    }
    setup =
        new Dialer.Setup(
            loop,
            Dialer.newResolver(owner),
            tls,
            config.trust,
            config.cluster,
            () -> new Greeting.ClientHello(config.cluster, config.view.getAsInt(), config.client),
            config.limits,
            counters,
            new Complaints(LOG, owner, counters),
            new AtomicLong(),
            owner);
  }

  /** Connects to the replicas. Any thread, once. */
  public void start() {
    loop.execute(() -> setEndpoints(config.replicas));
  }

  /**
   * The replicas, from now on. Connections to those that are not named any more, or that have
   * moved, are closed.
   */
  public void setEndpoints(List<Endpoint> replicas) {
    if (closed) {
      return;
    }
    Map<Integer, Link> next = new HashMap<>();
    for (Endpoint endpoint : replicas) {
      Link known = links.get(endpoint.replica());
      boolean same = known != null && known.dialer.endpoint().equals(endpoint);
      if (next.put(endpoint.replica(), same ? known : new Link(endpoint)) != null) {
        throw new IllegalArgumentException("replica " + endpoint.replica() + " is named twice");
      }
    }
    links.forEach(
        (id, link) -> {
          if (next.get(id) != link) {
            link.close();
          }
        });
    next.forEach(
        (id, link) -> {
          if (links.get(id) != link) {
            link.dialer.start();
          }
        });
    links.clear();
    links.putAll(next);
  }

  /**
   * Queues a message; it leaves at the next {@link #flush}. It is dropped, and counted, when there
   * is no connection or too much waits on it.
   *
   * @param message not empty, and not changed by anybody from now on
   */
  public void send(int replica, byte[] message) {
    Link link = links.get(replica);
    if (link == null || link.connection == null) {
      counters.count(Event.DROPPED_UNCONNECTED);
    } else if (!link.connection.send(message)) {
      counters.count(Event.DROPPED_OVER_BUDGET, replica);
    }
  }

  /** Lets everything leave that was queued, when what else is ready has been served. */
  public void flush() {
    if (!flushing) {
      flushing = true;
      loop.execute(this::flushNow);
    }
  }

  private void flushNow() {
    flushing = false;
    for (Link link : links.values()) {
      if (link.connection != null) {
        link.connection.flush();
      }
    }
  }

  /**
   * Ends all connections. The handler is not told, and once the event loop has done this it is not
   * called again. Any thread.
   */
  @Override
  public void close() {
    closed = true;
    Runnable end = () -> links.values().forEach(Link::close);
    if (loop.inEventLoop()) {
      end.run();
    } else if (!loop.isShuttingDown()) {
      loop.execute(end);
    }
  }

  private final class Link implements Dialer.Listener {
    final int replica;
    final Dialer dialer;

    /** Null while there is none. */
    Connection connection;

    Link(Endpoint endpoint) {
      replica = endpoint.replica();
      dialer = new Dialer(setup, endpoint, this);
    }

    @Override
    public void dialled(Connection established) {
      connection = established;
      counters.count(Event.CONNECTED, replica);
      LOG.debug("{}: connected with replica {}", owner, replica);
      established.use(
          new Connection.Receiver() {
            @Override
            public void onFrame(byte[] payload) {
              handler.onMessage(replica, payload);
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
          replica);
      handler.onConnected(replica);
      established.resume();
    }

    private void lost(Connection ended) {
      if (connection != ended) {
        return;
      }
      connection = null;
      counters.count(Event.DISCONNECTED, replica);
      LOG.debug("{}: connection with replica {} ended", owner, replica);
      if (!closed) {
        handler.onDisconnected(replica);
      }
    }

    void close() {
      dialer.close();
    }
  }
}
