package dev.lockstep.replica;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * As much HTTP as an administrator's endpoint needs: GET, one request for each connection. No
 * connection holds a thread, none lasts longer than a few seconds, and of too many the oldest goes:
 * whoever reaches the port must not be able to keep the administrator from it.
 */
final class AdminHttp implements AutoCloseable {
  /** What happened at the endpoint. */
  enum Event {
    /** A request was answered. */
    ANSWERED,
    /** It was no request that is understood here. */
    BAD_REQUEST,
    /** A connection was closed since nothing came of it in time. */
    TIMED_OUT,
    /** A connection was closed to make room for a newer one. */
    EVICTED
  }

  /** A page, or why there is none. */
  record Answer(int code, String type, String body) {}

  private static final int CONNECTIONS = 64;
  private static final int REQUEST_BYTES = 8192;
  private static final long SECONDS = 5;
  private static final int WAITING = 64;

  private final Consumer<Throwable> onFailure;
  private final Set<String> hosts;
  private final Function<String, Answer> pages;
  private final EventLoopGroup loops;
  private final ThreadPoolExecutor workers;
  private final Channel server;
  private final Map<Event, LongAdder> counts = new EnumMap<>(Event.class);

  /** The oldest first. On the loop. */
  private final Set<Channel> connections = new LinkedHashSet<>();

  /**
   * @param onFailure hears of an {@link Error} while a connection is served; what else ends one of
   *     the threads is for whoever made them
   * @param address port 0 takes a free one
   * @param hosts names under which the endpoint is known, beside {@code localhost} and addresses
   * @param pages by path; may take its time; null if there is no such page
   * @throws IOException if the address cannot be bound
   */
  AdminHttp(
      ThreadFactory threads,
      Consumer<Throwable> onFailure,
      InetSocketAddress address,
      Collection<String> hosts,
      Function<String, Answer> pages)
      throws IOException {
    this.onFailure = onFailure;
    this.hosts = hosts.stream().map(AdminHttp::lower).collect(Collectors.toSet());
    this.pages = pages;
    for (Event event : Event.values()) {
      counts.put(event, new LongAdder());
    }
    workers =
        new ThreadPoolExecutor(
            1, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), threads);
    loops = new MultiThreadIoEventLoopGroup(1, threads, NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    admit(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    server = bound.channel();
    if (!bound.isSuccess()) {
      close();
      throw new IOException(
          "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause());
    }
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  long count(Event event) {
    return counts.get(event).sum();
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private void admit(Channel channel) {
    if (connections.size() >= CONNECTIONS) {
      Iterator<Channel> oldest = connections.iterator();
      Channel evicted = oldest.next();
      oldest.remove();
      counts.get(Event.EVICTED).increment();
      evicted.close();
    }
    connections.add(channel);
    var deadline =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  counts.get(Event.TIMED_OUT).increment();
                  channel.close();
                },
                SECONDS,
                TimeUnit.SECONDS);
    channel
        .closeFuture()
        .addListener(
            closed -> {
              deadline.cancel(false);
              connections.remove(channel);
            });
    channel.pipeline().addLast(new Reader());
  }

  /** Collects one request; what comes after it is not looked at. */
  private final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
    private final StringBuilder request = new StringBuilder();
    private boolean complete;

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
      if (complete) {
        return;
      }
      request.append(bytes.toString(StandardCharsets.ISO_8859_1));
      if (request.length() > REQUEST_BYTES) {
        bad(context.channel(), 431);
      } else if (request.indexOf("\r\n\r\n") >= 0 || request.indexOf("\n\n") >= 0) {
        complete = true;
        String[] lines = request.toString().split("\r?\n");
        if (isMeant(hostOrNull(lines))) {
          handle(context.channel(), lines[0].strip());
        } else {
          complete = true;
          counts.get(Event.BAD_REQUEST).increment();
          send(
              context.channel(),
              new Answer(403, "text/plain", "ask by address, or by the name in cluster.yaml\n"));
        }
      }
    }

    /**
     * A page of the web that an administrator looks at may have its own name lead here (DNS
     * rebinding), and would then read what only he may; its requests come with that name.
     */
    private boolean isMeant(String host) {
      return host == null
          || host.equals("localhost")
          || NetUtil.isValidIpV4Address(host)
          || NetUtil.isValidIpV6Address(host)
          || hosts.contains(host);
    }

    /** What the request is for, without the port; null if it does not say so. */
    private String hostOrNull(String[] lines) {
      for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
        if (lower(lines[i]).startsWith("host:")) {
          String host = lower(lines[i].substring("host:".length()).strip());
          return host.startsWith("[")
              ? host.replaceFirst("^\\[([^\\]]*)\\].*", "$1")
              : host.replaceFirst(":\\d*$", "");
        }
      }
      return null;
    }

    private void bad(Channel channel, int code) {
      complete = true;
      counts.get(Event.BAD_REQUEST).increment();
      send(channel, new Answer(code, "text/plain", "not understood\n"));
    }

    private void handle(Channel channel, String line) {
      String[] words = line.split(" ");
      if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
        bad(channel, 400);
        return;
      }
      if (!words[0].equals("GET")) {
        bad(channel, 405);
        return;
      }
      String path = words[1].split("\\?", 2)[0];
      try {
        workers.execute(() -> answer(channel, path));
      } catch (RejectedExecutionException e) {
        send(channel, new Answer(503, "text/plain", "too many questions at once\n"));
      }
    }

    private void answer(Channel channel, String path) {
      Answer answer = pages.apply(path);
      if (answer == null) {
        counts.get(Event.BAD_REQUEST).increment();
        send(channel, new Answer(404, "text/plain", "there is no " + path + "\n"));
      } else {
        counts.get(Event.ANSWERED).increment();
        send(channel, answer);
      }
    }

    private void send(Channel channel, Answer answer) {
      byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
      String head =
          "HTTP/1.1 "
              + answer.code
              + (answer.code == 200 ? " OK" : " Error")
              + "\r\nContent-Type: "
              + answer.type
              + "\r\nContent-Length: "
              + body.length
              + "\r\nConnection: close\r\n\r\n";
      channel
          .writeAndFlush(Unpooled.wrappedBuffer(head.getBytes(StandardCharsets.ISO_8859_1), body))
          .addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close(); // the other end's trouble, or it is gone
      if (cause instanceof Error) {
        onFailure.accept(cause);
      }
    }
  }

  @Override
  public void close() {
    workers.shutdown();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
