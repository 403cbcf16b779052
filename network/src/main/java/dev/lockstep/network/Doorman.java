package dev.lockstep.network;

import dev.lockstep.network.NetworkCounters.Event;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.DecodeException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/**
 * Takes connections and finds out who is there: TLS, then the greeting, within a deadline. Until
 * then a connection costs a socket and little else: not even TLS is set up before it has sent a
 * byte, no frame may be longer than a greeting, and their number is bounded by {@link Admission}.
 */
final class Doorman {
  /** Decides about who has been found out. Called on the connection's event loop. */
  interface Judge {
    /**
     * Whether this hello is accepted.
     *
     * @param key the public key that the other end has proven to hold, or null without TLS
     * @return null, or why not
     */
    Greeting.Reason refuse(Greeting hello, byte[] key);

    /** Who is let in at all. */
    GroupId group();

    /** Our own hello. */
    Greeting hello();

    /** The connection is authenticated, greeted, and paused; it is the judge's from now on. */
    void accepted(Connection connection, Greeting hello);

    /** The connection whose hello was accepted has ended before it could be handed over. */
    default void lost(Greeting hello) {}
  }

  private final EventLoopGroup loops;
  private final Tls tls;
  private final NetworkLimits limits;
  private final NetworkCounters counters;
  private final Complaints complaints;
  private final String owner;
  private final AtomicLong held;
  private final Judge judge;
  private final Admission<Channel> strangers;
  private volatile Channel server;
  private volatile boolean closed;

  /**
   * @param loops on which connections are accepted and authenticated
   * @param tls null for plaintext
   * @param held where the connections count what waits to be sent on all of them together
   */
  Doorman(
      EventLoopGroup loops,
      Tls tls,
      NetworkLimits limits,
      NetworkCounters counters,
      Complaints complaints,
      String owner,
      AtomicLong held,
      Judge judge) {
    this.loops = loops;
    this.tls = tls;
    this.limits = limits;
    this.counters = counters;
    this.complaints = complaints;
    this.owner = owner;
    this.held = held;
    this.judge = judge;
    this.strangers = new Admission<>(limits.unauthenticated(), limits.unauthenticatedPerAddress());
  }

  CompletableFuture<InetSocketAddress> bind(String host, int port) {
    CompletableFuture<InetSocketAddress> bound = new CompletableFuture<>();
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loops)
            .channel(Transports.serverChannels(loops))
            .handler(new AcceptRate(counters))
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Connection.WATER_MARK)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, Connection.readSizes())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    admit(channel);
                  }
                })
            .bind(host, port);
    server = binding.channel();
    binding.addListener(
        future -> {
          if (future.isSuccess()) {
            bound.complete((InetSocketAddress) server.localAddress());
          } else {
            bound.completeExceptionally(
                new IOException(
                    "cannot listen on " + host + ":" + port + ": " + future.cause().getMessage(),
                    future.cause()));
          }
        });
    return bound;
  }

  /** Accepts nobody any more; the future is done when the port is free. */
  ChannelFuture close() {
    closed = true;
    return server == null ? null : server.close();
  }

  private void admit(Channel channel) {
    if (closed || !(channel.remoteAddress() instanceof InetSocketAddress remote)) {
      channel.close(); // gone already
      return;
    }
    counters.count(Event.ACCEPTED);
    Channel evicted = strangers.enter(remote.getAddress(), channel);
    if (evicted != null) {
      complaints.count(
          Event.EVICTED, NetworkCounters.NOBODY, evicted.remoteAddress(), "had to make room");
      evicted.close();
    }
    Door door = new Door(channel, remote.getAddress());
    channel.pipeline().addLast(door.firstBytes(), door.connection);
  }

  /** A connection of which nobody knows yet whose it is. */
  private final class Door implements Connection.Receiver {
    private final InetAddress address;
    private final Channel channel;
    private final Connection connection;
    private final Future<?> deadline;
    private SslHandler ssl;
    private boolean counted;
    private boolean judged;

    /** The hello that was accepted, until the connection is handed over. */
    private Greeting accepted;

    Door(Channel channel, InetAddress address) {
      this.channel = channel;
      this.address = address;
      this.connection = new Connection(owner, channel, limits, counters, held, this);
      this.deadline =
          channel
              .eventLoop()
              .schedule(this::tooLate, limits.handshakeMillis(), TimeUnit.MILLISECONDS);
    }

    /** Sets up TLS when there is something to read. */
    ChannelInboundHandlerAdapter firstBytes() {
      return new ChannelInboundHandlerAdapter() {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object bytes) {
          strangers.talks(address, channel);
          if (tls != null) {
            ssl = tls.handler(channel);
            ctx.pipeline().addAfter(ctx.name(), null, ssl);
          }
          ctx.fireChannelRead(bytes);
          ctx.pipeline().remove(this);
        }
      };
    }

    private String difference(Greeting hello) {
      GroupId theirs =
          hello instanceof Greeting.ReplicaHello replica
              ? replica.group()
              : ((Greeting.ClientHello) hello).group();
      return judge.group().compare(theirs.configuration());
    }

    private void tooLate() {
      if (counted) {
        connection.close();
      } else if (!connection.isClosed()) {
        end(Event.HANDSHAKE_TIMEOUT, "did not say in time who it is");
      }
    }

    private void end(Event event, String what) {
      counted = true;
      complaints.count(event, NetworkCounters.NOBODY, channel.remoteAddress(), what);
      connection.close();
    }

    @Override
    public void onTls(Throwable failure) {
      if (failure == null) {
        return;
      }
      if (Tls.isWrongCertificate(failure)) {
        end(Event.WRONG_CERTIFICATE, "showed a certificate that we do not trust");
      } else {
        end(Event.HANDSHAKE_FAILED, "failed to establish TLS: " + failure.getMessage());
      }
    }

    @Override
    public void onFrame(byte[] payload) {
      if (judged) {
        end(Event.BAD_GREETING, "went on talking although its hello was refused");
        return;
      }
      judged = true;
      Greeting hello;
      Greeting.Reason reason;
      try {
        hello = Greeting.decode(payload);
        reason =
            hello instanceof Greeting.OtherVersion
                ? Greeting.Reason.VERSION
                : judge.refuse(hello, ssl == null ? null : Tls.peerKey(ssl));
      } catch (DecodeException | SSLException e) {
        end(Event.BAD_GREETING, "sent no proper greeting: " + e.getMessage());
        return;
      }
      if (reason != null) {
        counted = true;
        complaints.count(
            Event.HELLO_REFUSED,
            NetworkCounters.NOBODY,
            channel.remoteAddress(),
            "was refused: "
                + reason
                + (reason == Greeting.Reason.CONFIGURATION ? ": " + difference(hello) : ""));
        // The other end closes when it has read that; until then, or the deadline, we keep still.
        // If
        // we closed at once, what it has sent meanwhile could make TCP throw the refusal away.
        connection.greet(
            reason == Greeting.Reason.CONFIGURATION
                ? new Greeting.Refusal(reason, judge.group().configuration())
                : new Greeting.Refusal(reason));
        return;
      }
      deadline.cancel(false);
      strangers.leave(address, channel);
      accepted = hello;
      connection.pause();
      connection
          .greet(judge.hello())
          .addListener(
              future -> {
                if (future.isSuccess() && !connection.isClosed()) {
                  accepted = null;
                  judge.accepted(connection, hello);
                } else {
                  connection.close();
                }
              });
    }

    @Override
    public void onClosed() {
      deadline.cancel(false);
      strangers.leave(address, channel);
      if (!counted && !judged) {
        counters.count(Event.HANDSHAKE_FAILED);
      }
      if (accepted != null) {
        judge.lost(accepted);
      }
    }
  }
}
