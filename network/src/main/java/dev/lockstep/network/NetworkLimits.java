package dev.lockstep.network;

import dev.lockstep.network.wire.Frames;
import dev.lockstep.network.wire.Greeting;
import dev.lockstep.protocol.view.View;

/**
 * What others can make this process hold or wait for, per kind of connection.
 *
 * @param inboundFrameBytes most bytes of a message that is taken from the other end; what is longer
 *     ends the connection
 * @param outboundFrameBytes most bytes of a message that the other end takes; what is longer is not
 *     sent
 * @param outboundBytes most bytes waiting to be sent on one connection. What a replica would send
 *     beyond that is dropped; a client that lets so much pile up is disconnected
 * @param outboundBytesOfAll when more than this waits to be sent to all clients together, those are
 *     disconnected for which more than their share waits
 * @param turnMicros how long the messages of one connection are processed before the other
 *     connections of the same event loop get their turn
 * @param handshakeMillis from connecting to the end of TLS and greeting
 * @param idleMillis silence after which a connection is taken for dead; both ends send keep-alives
 *     three times as often
 * @param unauthenticated most connections that have not said who they are yet, in total
 * @param unauthenticatedPerAddress the same for one address
 * @param connections most connections of clients, in total
 * @param connectionsPerClient most connections of one client
 * @param redialMillis the first pause before connecting again; doubles with each failure
 * @param redialMostMillis the longest pause before connecting again
 */
public record NetworkLimits(
    int inboundFrameBytes,
    int outboundFrameBytes,
    long outboundBytes,
    long outboundBytesOfAll,
    int turnMicros,
    int handshakeMillis,
    int idleMillis,
    int unauthenticated,
    int unauthenticatedPerAddress,
    int connections,
    int connectionsPerClient,
    int redialMillis,
    int redialMostMillis) {

  public NetworkLimits {
    atLeast("inboundFrameBytes", inboundFrameBytes, Greeting.MOST_BYTES);
    atLeast("outboundFrameBytes", outboundFrameBytes, Greeting.MOST_BYTES);
    atLeast("outboundBytes", outboundBytes, outboundFrameBytes + (long) Frames.HEADER_BYTES);
    atLeast("outboundBytesOfAll", outboundBytesOfAll, outboundBytes);
    atLeast("turnMicros", turnMicros, 1);
    atLeast("handshakeMillis", handshakeMillis, 1);
    atLeast("idleMillis", idleMillis, 3);
    atLeast("unauthenticated", unauthenticated, 1);
    atLeast("unauthenticatedPerAddress", unauthenticatedPerAddress, 1);
    atLeast("connections", connections, 1);
    atLeast("connectionsPerClient", connectionsPerClient, 1);
    atLeast("redialMillis", redialMillis, 1);
    atLeast("redialMostMillis", redialMostMillis, redialMillis);
  }

  /** More than what a request or a reply has around its operation or result. */
  private static final int ENVELOPE_BYTES = 1024;

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " is " + value + " but must be at least " + least);
    }
  }

  /** Between replicas. */
  public static NetworkLimits forPeers() {
    return new NetworkLimits(
        64 << 20, 64 << 20, 96 << 20, Long.MAX_VALUE, 250, 3000, 3000, 256, 64, 1, 1, 20, 1000);
  }

  /** What a replica grants clients. */
  public static NetworkLimits forClients() {
    return new NetworkLimits(
        1 << 20, 96 << 20, 128 << 20, 256 << 20, 250, 3000, 10_000, 256, 64, 4096, 1024, 20, 1000);
  }

  /** What a client grants replicas: the other end of {@link #forClients}. */
  public static NetworkLimits forReplicas() {
    return new NetworkLimits(
        96 << 20, 1 << 20, 16 << 20, Long.MAX_VALUE, 250, 3000, 10_000, 1, 1, 1, 1, 20, 1000);
  }

  /** {@link #forClients} with room for the requests and replies that a view allows. */
  public static NetworkLimits forClients(View.Limits view) {
    return forClients().withFrames(framed(view.requestBytes()), framed(view.replyCacheBytes()));
  }

  /** {@link #forReplicas} with room for the requests and replies that a view allows. */
  public static NetworkLimits forReplicas(View.Limits view) {
    return forReplicas().withFrames(framed(view.replyCacheBytes()), framed(view.requestBytes()));
  }

  private static int framed(int bytes) {
    return (int) Math.min(Integer.MAX_VALUE - Frames.HEADER_BYTES, bytes + (long) ENVELOPE_BYTES);
  }

  /** The same with other limits for messages, and with room for the longest of them at least. */
  public NetworkLimits withFrames(int inboundBytes, int outboundMessageBytes) {
    return new NetworkLimits(
        inboundBytes,
        outboundMessageBytes,
        Math.max(outboundBytes, outboundMessageBytes + (long) Frames.HEADER_BYTES),
        Math.max(outboundBytesOfAll, outboundMessageBytes + (long) Frames.HEADER_BYTES),
        turnMicros,
        handshakeMillis,
        idleMillis,
        unauthenticated,
        unauthenticatedPerAddress,
        connections,
        connectionsPerClient,
        redialMillis,
        redialMostMillis);
  }

  /** The same with another number of connections for one client. */
  public NetworkLimits withConnectionsPerClient(int count) {
    return new NetworkLimits(
        inboundFrameBytes,
        outboundFrameBytes,
        outboundBytes,
        outboundBytesOfAll,
        turnMicros,
        handshakeMillis,
        idleMillis,
        unauthenticated,
        unauthenticatedPerAddress,
        connections,
        count,
        redialMillis,
        redialMostMillis);
  }
}
