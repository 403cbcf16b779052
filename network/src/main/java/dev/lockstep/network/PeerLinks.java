package dev.lockstep.network;

import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

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
   * @param group whose connections these are
   * @param view number of the newest view that this replica knows; called on any event loop
   * @param host name or address to listen on
   * @param port 0 for any
   * @param others where the other replicas listen; no others are let in
   * @param tls null for plaintext, where everybody is believed to be who they say they are
   * @param trust not used without TLS
   */
  public record Config(
      int self,
      GroupId group,
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

  private static final Logger LOG = LoggerFactory.getLogger(PeerLinks.class);

  private final EventLoop loop;
  private final Config config;
  private final String owner;
  private final Doorman doorman;
  private final Dialer.Setup setup;
  private final Links links;

  /** Of those who dial, how often they may. */
  private final Map<Integer, ReconnectRate> rates = new ConcurrentHashMap<>();

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
      LinkHandler handler,
      NetworkCounters counters) {
    this(loop, strangers, config, handler, counters, Tls.bestProvider());
  }

  PeerLinks(
      EventLoop loop,
      EventLoopGroup strangers,
      Config config,
      LinkHandler handler,
      NetworkCounters counters,
      SslProvider provider) {
    this.loop = loop;
    this.config = config;
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
            config.group,
            this::hello,
            config.limits,
            counters,
            complaints,
            held,
            owner);
    links =
        new Links(
            loop,
            new Link.Owner(owner, handler, () -> closed, counters, LOG, Level.INFO),
            this::dialer);
  }

  /** Of each pair of replicas the one with the higher number dials. */
  private Dialer dialer(Endpoint other) {
    int id = other.replica();
    return config.self > id ? new Dialer(setup, other, connection -> adopt(connection, id)) : null;
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
    for (Endpoint endpoint : others) {
      if (endpoint.replica() == config.self) {
        throw new IllegalArgumentException(endpoint + " is this replica itself");
      }
    }
    links.set(others);
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

  /** {@link #send} to all others. */
  public void broadcast(byte[] message) {
    links.broadcast(message);
  }

  /**
   * Lets everything leave that was queued: when what else is ready on the event loop has been
   * served, so that the answers to several replicas' messages leave together.
   */
  public void flush() {
    links.flush();
  }

  /**
   * Ends all connections and listens no more. The handler is not told, and once the event loop has
   * done this it is not called again. Any thread.
   */
  @Override
  public void close() {
    closed = true;
    ChannelFuture freed = doorman.close();
    Runnable end = links::close;
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
    return new Greeting.ReplicaHello(config.group, config.view.getAsInt(), config.self);
  }

  /** Moves a connection that is known to be a replica's to the protocol's loop. */
  private void adopt(Connection connection, int replica) {
    connection.moveTo(
        loop,
        () -> links.adopt(replica, connection),
        () -> LOG.debug("{}: connection with replica {} came too late", owner, replica));
  }

  private final class PeerJudge implements Doorman.Judge {
    @Override
    public Greeting.Reason refuse(Greeting greeting, byte[] key) {
      if (!(greeting instanceof Greeting.ReplicaHello hello)) {
        return Greeting.Reason.ROLE;
      }
      Greeting.Reason stranger = config.group.refuse(hello.group());
      if (stranger != null) {
        return stranger;
      }
      if (key != null && config.trust.replicaOf(key) != hello.replica()) {
        return Greeting.Reason.IDENTITY;
      }
      // Only who is higher dials.
      int id = hello.replica();
      if (id <= config.self || !links.has(id)) {
        return Greeting.Reason.MEMBERSHIP;
      }
      return rates.computeIfAbsent(id, any -> new ReconnectRate(config.limits)).take()
          ? null
          : Greeting.Reason.FULL;
    }

    @Override
    public GroupId group() {
      return config.group;
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
