package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.DecodeException;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a connection to one replica: resolves its name, connects, does TLS and the greeting, and
 * begins again when the connection ends or does not come about. The pause between attempts doubles
 * from one to the next, with jitter, and falls back once a connection has lasted. Runs on one event
 * loop.
 */
final class Dialer {
  /** What several dialers of one process share. */
  record Setup(
      EventLoop loop,
      Executor resolver,
      Tls tls,
      Trust trust,
      GroupId group,
      Supplier<Greeting> hello,
      NetworkLimits limits,
      NetworkCounters counters,
      Complaints complaints,
      AtomicLong held,
      String owner) {}

  /** Gets connections that are authenticated, greeted, and paused; on the dialer's loop. */
  interface Listener {
    void dialled(Connection connection);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);

  /** A host name may take seconds to resolve; nobody else waits for that. */
  static Executor newResolver(String owner) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            RESOLVERS,
            RESOLVERS,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory(owner + " resolver", true));
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private static final int RESOLVERS = 2;

  private final Setup setup;
  private final Endpoint endpoint;
  private final Listener listener;
  private int failures;
  private int attempts;
  private boolean closed;
  private Future<?> pause;
  private Channel current;

  Dialer(Setup setup, Endpoint endpoint, Listener listener) {
    this.setup = setup;
    this.endpoint = endpoint;
    this.listener = listener;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Any thread. */
  void start() {
    setup.loop.execute(this::resolve);
  }

  /** Any thread. Also closes the connection that the dialer has made. */
  void close() {
    Runnable close =
        () -> {
          closed = true;
          if (pause != null) {
            pause.cancel(false);
          }
          if (current != null) {
            current.close();
          }
        };
    if (setup.loop.inEventLoop()) {
      close.run();
    } else {
      setup.loop.execute(close);
    }
  }

  private void resolve() {
    if (closed) {
      return;
    }
    setup.resolver.execute(
        () -> {
          InetAddress[] addresses;
          try {
            addresses = InetAddress.getAllByName(endpoint.host());
          } catch (UnknownHostException e) {
            addresses = new InetAddress[0];
          } catch (RuntimeException e) {
            // A resolver that is not allowed to answer, say; it is asked again later.
            LOG.warn("{}: {} cannot be resolved", setup.owner, endpoint, e);
            addresses = new InetAddress[0];
          }
          resolved(addresses);
        });
  }

  private void resolved(InetAddress[] addresses) {
    try {
      setup.loop.execute(() -> connect(addresses));
    } catch (RejectedExecutionException e) {
      LOG.debug("{}: {} was resolved when the event loop had gone", setup.owner, endpoint);
    }
  }

  private void unreachable(String what) {
    if (!closed) {
      setup.complaints.count(Event.DIAL_FAILED, endpoint.replica(), endpoint, what);
      again();
    }
  }

  private void again() {
    if (closed) {
      return;
    }
    int doublings = Math.min(failures, 20);
    long most =
        Math.min(setup.limits.redialMostMillis(), (long) setup.limits.redialMillis() << doublings);
    failures++;
    // Between half and all of it, so that those who lost the same replica do not return as one.
    long micros = ThreadLocalRandom.current().nextLong(most * 500, most * 1000 + 1);
    pause = setup.loop.schedule(this::resolve, micros, TimeUnit.MICROSECONDS);
  }

  private void connect(InetAddress[] addresses) {
    if (closed) {
      return;
    }
    if (addresses.length == 0) {
      unreachable("has an unknown host name");
      return;
    }
    InetAddress address = addresses[Math.floorMod(attempts++, addresses.length)];
    new Bootstrap()
        .group(setup.loop)
        .channel(Transports.channels(setup.loop))
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Connection.WATER_MARK)
        .option(ChannelOption.RECVBUF_ALLOCATOR, Connection.readSizes())
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, setup.limits.handshakeMillis())
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                Attempt attempt = new Attempt(channel);
                if (attempt.ssl != null) {
                  channel.pipeline().addLast(attempt.ssl);
                }
                channel.pipeline().addLast(attempt.connection);
              }
            })
        .connect(new InetSocketAddress(address, endpoint.port()))
        .addListener(
            future -> {
              if (!future.isSuccess()) {
                unreachable("cannot be reached: " + future.cause().getMessage());
              }
            });
  }

  /** From TCP being connected to the end of the connection. */
  private final class Attempt implements Connection.Receiver {
    private final Channel channel;
    private final Connection connection;
    private final SslHandler ssl;
    private Future<?> deadline;
    private boolean counted;
    private boolean dialled;
    private long dialledAt;

    Attempt(Channel channel) {
      this.channel = channel;
      this.ssl = setup.tls == null ? null : setup.tls.handler(channel);
      this.connection =
          new Connection(setup.owner, channel, setup.limits, setup.counters, setup.held, this);
    }

    @Override
    public void onConnected() {
      current = channel;
      deadline =
          setup.loop.schedule(this::tooLate, setup.limits.handshakeMillis(), TimeUnit.MILLISECONDS);
      // Not only onClosed: the receiver changes when the connection is dialled.
      channel.closeFuture().addListener(future -> setup.loop.execute(this::ended));
      if (closed) {
        channel.close();
      } else if (ssl == null) {
        connection.greet(setup.hello.get());
      }
    }

    private void tooLate() {
      if (!dialled && !connection.isClosed()) {
        end(Event.HANDSHAKE_TIMEOUT, "did not answer in time");
      }
    }

    private void end(Event event, String what) {
      counted = true;
      setup.complaints.count(event, endpoint.replica(), endpoint, what);
      connection.close();
    }

    @Override
    public void onTls(Throwable failure) {
      if (failure == null) {
        connection.greet(setup.hello.get());
      } else if (Tls.isWrongCertificate(failure)) {
        end(Event.WRONG_CERTIFICATE, "showed a certificate that we do not trust");
      } else {
        end(Event.HANDSHAKE_FAILED, "failed to establish TLS: " + failure.getMessage());
      }
    }

    @Override
    public void onFrame(byte[] payload) {
      Greeting answer;
      int certified;
      try {
        answer = Greeting.decode(payload);
        certified = ssl == null ? endpoint.replica() : setup.trust.replicaOf(Tls.peerKey(ssl));
      } catch (DecodeException | SSLException e) {
        end(Event.BAD_GREETING, "sent no proper greeting: " + e.getMessage());
        return;
      }
      if (answer instanceof Greeting.Refusal refusal) {
        end(
            Event.REFUSED_BY_OTHER,
            refusal.reason().text()
                + (refusal.configurationOrNull() == null
                    ? ""
                    : ": " + setup.group.compare(refusal.configurationOrNull())));
      } else if (answer instanceof Greeting.OtherVersion other) {
        end(Event.HELLO_REFUSED, "speaks version " + other.version() + " of the wire format");
      } else if (!(answer instanceof Greeting.ReplicaHello hello)) {
        end(Event.HELLO_REFUSED, "is a client");
      } else if (setup.group.refuse(hello.group()) != null) {
        end(Event.HELLO_REFUSED, setup.group.refuse(hello.group()).text());
      } else if (hello.replica() != endpoint.replica() || certified != endpoint.replica()) {
        end(
            Event.HELLO_REFUSED,
            "says that it is replica "
                + hello.replica()
                + ", with the certificate of "
                + certified);
      } else {
        dialled = true;
        dialledAt = System.nanoTime();
        deadline.cancel(false);
        connection.pause();
        listener.dialled(connection);
      }
    }

    @Override
    public void onClosed() {
      // ended() sees to everything
    }

    private void ended() {
      current = null;
      deadline.cancel(false);
      if (dialled) {
        long lasted = System.nanoTime() - dialledAt;
        if (lasted > TimeUnit.MILLISECONDS.toNanos(setup.limits.redialMostMillis())) {
          failures = 0;
        }
      } else if (!counted) {
        setup.complaints.count(
            Event.HANDSHAKE_FAILED,
            endpoint.replica(),
            endpoint,
            "hung up instead of answering our hello; does it trust our certificate?");
      }
      again();
    }
  }
}
