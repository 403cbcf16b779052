package dev.lockstep.network;

/**
 * What the owner of links to replicas does with what happens on them. On their event loop. It must
 * not throw.
 */
public interface LinkHandler {
  /** A message of a replica. Of each connection they come in the order in which they were sent. */
  void onMessage(int replica, byte[] message);

  /** After some messages of one replica: time to flush. */
  void onReadComplete();

  /** There is a connection: the first, or a new one after messages may have been lost. */
  void onConnected(int replica);

  /** The connection has ended; another one is being sought. */
  void onDisconnected(int replica);
}
