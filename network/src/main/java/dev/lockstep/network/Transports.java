package dev.lockstep.network;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/** Event loops on the best transport that loads on this machine. */
public final class Transports {
  private Transports() {}

  /**
   * Event loops, each with a thread of its own.
   *
   * @param threadName the threads are called by it, with a number behind
   */
  public static EventLoopGroup loops(int count, String threadName) {
    return new MultiThreadIoEventLoopGroup(count, new DefaultThreadFactory(threadName), handlers());
  }

  /**
   * Event loops of which it is heard when something is thrown on them that nobody catches: by a
   * task, or, if it is an {@link Error}, while a connection is served. Netty alone would log it and
   * go on.
   *
   * @param onFailure called on the loop
   */
  public static EventLoopGroup loops(
      int count, ThreadFactory threads, Consumer<Throwable> onFailure) {
    return new WatchedLoops(count, threads, onFailure);
  }

  static IoHandlerFactory handlers() {
    return Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  /** What carries bytes and what encrypts them here, for logs and reports. */
  public static String description() {
    return (Epoll.isAvailable() ? "epoll" : "NIO")
        + ", "
        + (OpenSsl.isAvailable() ? OpenSsl.versionString() : "TLS of the JDK");
  }

  static Class<? extends SocketChannel> channels(EventLoopGroup loops) {
    return isEpoll(loops) ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  static Class<? extends ServerChannel> serverChannels(EventLoopGroup loops) {
    return isEpoll(loops) ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  private static boolean isEpoll(EventLoopGroup loops) {
    return loops instanceof IoEventLoopGroup io && io.isIoType(EpollIoHandler.class);
  }
}
