package dev.lockstep.network;

import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.message.ClientId;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslProvider;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The client's side: one connection for each replica, on one event loop, made again whenever it
 * ends. Methods are called on that loop, and the handler is, unless said otherwise.
 */
public final class ReplicaLinks implements AutoCloseable {
  /**
   * What the links need to know.
   *
   * @param client who this client is; with TLS, {@link Trust#clientOf} its certificate's key
   * @param group whose connections these are
   * @param view number of the newest view that this client knows; called on the event loop
   * @param replicas where the replicas listen for clients
   * @param tls null for plaintext
   * @param trust tells the replicas by their keys; not used without TLS
   */
  public record Config(
      ClientId client,
      GroupId group,
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

  private static final Logger LOG = LoggerFactory.getLogger(ReplicaLinks.class);

  /** Once in a process is loud enough: a benchmark makes hundreds of clients. */
  private static final AtomicBoolean SAID_INSECURE = new AtomicBoolean();

  private final EventLoop loop;
  private final Config config;
  private final Links links;
  private volatile boolean closed;

  public ReplicaLinks(
      EventLoop loop, Config config, LinkHandler handler, NetworkCounters counters) {
    this(loop, config, handler, counters, Tls.bestProvider());
  }

  ReplicaLinks(
      EventLoop loop,
      Config config,
      LinkHandler handler,
      NetworkCounters counters,
      SslProvider provider) {
    this.loop = loop;
    this.config = config;
    String owner = "client " + config.client;
    Tls tls = null;
    if (config.tls == null) {
      if (!SAID_INSECURE.getAndSet(true)) {
        LOG.warn("{}: TLS IS OFF: anybody can speak as any replica. For benchmarks only.", owner);
      }
    } else {
      Trust trust = config.trust;
      tls = Tls.forClient(config.tls, chain -> trust.replicaOf(Tls.keyOf(chain[0])) >= 0, provider);
    }
    Dialer.Setup setup =
        new Dialer.Setup(
            loop,
            Dialer.newResolver(owner),
            tls,
            config.trust,
            config.group,
            () -> new Greeting.ClientHello(config.group, config.view.getAsInt(), config.client),
            config.limits,
            counters,
            new Complaints(LOG, owner, counters),
            new AtomicLong(),
            owner);
    links =
        new Links(
            loop,
            new Link.Owner(owner, handler, () -> closed, counters, LOG, Level.DEBUG),
            endpoint -> dialer(setup, endpoint));
  }

  private Dialer dialer(Dialer.Setup setup, Endpoint endpoint) {
    return new Dialer(setup, endpoint, connection -> links.adopt(endpoint.replica(), connection));
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
    if (!closed) {
      links.set(replicas);
    }
  }

  /**
   * Queues a message; it leaves at the next {@link #flush}. It is dropped, and counted, when there
   * is no connection or too much waits on it.
   *
   * @param message not empty, and not changed by anybody from now on
   */
  public void send(int replica, byte[] message) {
    links.send(replica, message);
  }

  /** Lets everything leave that was queued, when what else is ready has been served. */
  public void flush() {
    links.flush();
  }

  /**
   * Ends all connections. The handler is not told, and once the event loop has done this it is not
   * called again. Any thread.
   */
  @Override
  public void close() {
    closed = true;
    Runnable end = links::close;
    if (loop.inEventLoop()) {
      end.run();
    } else if (!loop.isShuttingDown()) {
      loop.execute(end);
    }
  }
}
