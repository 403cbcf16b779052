package dev.lockstep.network;

import dev.lockstep.protocol.message.ClientId;
import io.netty.channel.EventLoop;

/**
 * A connection that a client has made with this replica. Methods are called on its {@link #loop},
 * unless said otherwise. A client may have several.
 */
public interface ClientConnection {
  /** Who the client is: proven by its certificate, or claimed if there is no TLS. Any thread. */
  ClientId client();

  /** The event loop of this connection. Any thread. */
  EventLoop loop();

  /** Whether less than half of what may wait to be sent is waiting. */
  boolean isWritable();

  /**
   * Queues a message; it leaves at the next {@link #flush}. A client that lets too much pile up is
   * disconnected.
   *
   * @param message not empty, and not changed by anybody from now on
   */
  void send(byte[] message);

  /** Lets everything leave that was queued. */
  void flush();

  /**
   * Whether messages of this client are read. Off takes effect at once: no message is handed up
   * until it is on again, and the client is pushed back.
   */
  void setAutoRead(boolean on);

  /** Ends the connection; what was not sent is lost. */
  void close();

  /** What the replica keeps with the connection; null at first. */
  Object attachment();

  /** Keeps something with the connection. */
  void attach(Object attachment);
}
