package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.message.ClientId;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The replica's side of client connections, spread over event loops of their own. The handler is
 * called on the loop of the connection that it is about. As with {@link PeerLinks}, connections are
 * accepted and authenticated on other loops: a TLS handshake takes as much time as thousands of
 * requests.
 */
public final class ClientListener implements AutoCloseable {
  /**
   * What the listener needs to know; the fields as in {@link PeerLinks.Config}.
   *
   * @param self number of this replica
   */
  public record Config(
      int self,
      GroupId group,
      IntSupplier view,
      String host,
      int port,
      TlsIdentity tls,
      Trust trust,
      NetworkLimits limits) {}

  /** What the replica does with its clients. It must not throw. */
  public interface Handler {
    /** The first call for a connection. */
    void onConnected(ClientConnection connection);

    /** A message; of each connection they come in the order in which they were sent. */
    void onMessage(ClientConnection connection, byte[] message);

    /** After some messages of one connection. */
    void onReadComplete(ClientConnection connection);

    /** {@link ClientConnection#isWritable} was seen false and is true again. */
    default void onWritable(ClientConnection connection) {}

    /** The last call for a connection. */
    void onDisconnected(ClientConnection connection);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ClientListener.class);

  private final EventLoopGroup loops;
  private final Config config;
  private final Handler handler;
  private final NetworkCounters counters;
  private final Complaints complaints;
  private final Doorman doorman;
  private final AtomicLong held = new AtomicLong();

  // Guarded by seats. A seat is taken when a hello is accepted, and given back at the end.
  private final Map<ClientId, Integer> seats = new HashMap<>();
  private final Set<Client> clients = new HashSet<>();
  private volatile int seated;
  private boolean closed;

  /**
   * @param loops for the clients
   * @param strangers loops on which connections are accepted and authenticated, on the same
   *     transport as {@code loops}; those of {@link PeerLinks} will do
   */
  public ClientListener(
      EventLoopGroup loops,
      EventLoopGroup strangers,
      Config config,
      Handler handler,
      NetworkCounters counters) {
    this(loops, strangers, config, handler, counters, Tls.bestProvider());
  }

  ClientListener(
      EventLoopGroup loops,
      EventLoopGroup strangers,
      Config config,
      Handler handler,
      NetworkCounters counters,
      SslProvider provider) {
    this.loops = loops;
    this.config = config;
    this.handler = handler;
    this.counters = counters;
    String owner = "replica " + config.self;
    complaints = new Complaints(LOG, owner, counters);
    Tls tls = null;
    if (config.tls == null) {
      LOG.warn(
          "{}: TLS IS OFF for clients: anybody can speak as any client. For benchmarks only.",
          owner);
    } else {
      tls = Tls.forServer(config.tls, config.trust::isClient, provider);
    }
    doorman =
        new Doorman(
            strangers, tls, config.limits, counters, complaints, owner, held, new ClientJudge());
  }

  /**
   * Listens. Any thread, once.
   *
   * @return where it listens; fails if it cannot
   */
  public CompletableFuture<InetSocketAddress> start() {
    return doorman.bind(config.host, config.port);
  }

  /** Ends all connections and listens no more. Any thread. */
  @Override
  public void close() {
    ChannelFuture freed = doorman.close();
    List<Client> open;
    synchronized (seats) {
      closed = true;
      open = List.copyOf(clients);
    }
    for (Client client : open) {
      if (!client.loop().isShuttingDown()) {
        client.loop().execute(client::close);
      }
    }
    if (freed != null && !freed.channel().eventLoop().inEventLoop()) {
      freed.awaitUninterruptibly();
    }
  }

  private boolean take(ClientId client) {
    synchronized (seats) {
      int held = seats.getOrDefault(client, 0);
      if (seated >= config.limits.connections() || held >= config.limits.connectionsPerClient()) {
        return false;
      }
      seats.put(client, held + 1);
      seated++;
      return true;
    }
  }

  private void giveBack(ClientId client) {
    synchronized (seats) {
      seats.computeIfPresent(client, (id, held) -> held == 1 ? null : held - 1);
      seated--;
    }
  }

  private final class Client implements ClientConnection, Connection.Receiver {
    private final ClientId client;
    private final Connection connection;
    private Object attachment;

    Client(ClientId client, Connection connection) {
      this.client = client;
      this.connection = connection;
    }

    @Override
    public ClientId client() {
      return client;
    }

    @Override
    public EventLoop loop() {
      return connection.channel().eventLoop();
    }

    @Override
    public boolean isWritable() {
      return connection.isWritable();
    }

    @Override
    public void send(byte[] message) {
      if (!hasRoom() || !connection.send(message)) {
        complaints.count(
            Event.SLOW_READER_CLOSED,
            NetworkCounters.NOBODY,
            connection.channel().remoteAddress(),
            "does not read what it is sent");
        connection.close();
      }
    }

    /** When all clients together hold too much, those go that hold more than their share. */
    private boolean hasRoom() {
      long most = config.limits.outboundBytesOfAll();
      return held.get() <= most || connection.pending() <= most / Math.max(1, seated);
    }

    @Override
    public void flush() {
      connection.flush();
    }

    @Override
    public void setAutoRead(boolean on) {
      if (on) {
        connection.resume();
      } else {
        connection.pause();
      }
    }

    @Override
    public void close() {
      connection.close();
    }

    @Override
    public Object attachment() {
      return attachment;
    }

    @Override
    public void attach(Object newAttachment) {
      attachment = newAttachment;
    }

    @Override
    public void onFrame(byte[] payload) {
      handler.onMessage(this, payload);
    }

    @Override
    public void onTurnEnd() {
      handler.onReadComplete(this);
    }

    @Override
    public void onWritable() {
      handler.onWritable(this);
    }

    @Override
    public void onClosed() {
      giveBack(client);
      synchronized (seats) {
        clients.remove(this);
      }
      counters.count(Event.DISCONNECTED);
      handler.onDisconnected(this);
    }

    @Override
    public String toString() {
      return client + " at " + connection.channel().remoteAddress();
    }
  }

  private final class ClientJudge implements Doorman.Judge {
    @Override
    public Greeting.Reason refuse(Greeting greeting, byte[] key) {
      if (!(greeting instanceof Greeting.ClientHello hello)) {
        return Greeting.Reason.ROLE;
      }
      Greeting.Reason stranger = config.group.refuse(hello.group());
      if (stranger != null) {
        return stranger;
      }
      if (key != null && !Trust.clientOf(key).equals(hello.client())) {
        return Greeting.Reason.IDENTITY;
      }
      return take(hello.client()) ? null : Greeting.Reason.FULL;
    }

    @Override
    public GroupId group() {
      return config.group;
    }

    @Override
    public Greeting hello() {
      return new Greeting.ReplicaHello(config.group, config.view.getAsInt(), config.self);
    }

    @Override
    public void lost(Greeting hello) {
      giveBack(((Greeting.ClientHello) hello).client());
    }

    @Override
    public void accepted(Connection connection, Greeting hello) {
      ClientId id = ((Greeting.ClientHello) hello).client();
      connection.moveTo(loops.next(), () -> adopt(new Client(id, connection)), () -> giveBack(id));
    }
  }

  private void adopt(Client client) {
    synchronized (seats) {
      clients.add(client);
      if (closed) {
        client.close();
      }
    }
    counters.count(Event.CONNECTED);
    client.connection.use(client, NetworkCounters.NOBODY);
    handler.onConnected(client);
    client.connection.resume();
  }
}
