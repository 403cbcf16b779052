/**
 * Connections between replicas ({@link dev.lockstep.network.PeerLinks}) and between clients and
 * replicas ({@link dev.lockstep.network.ClientListener} at the replica, {@link
 * dev.lockstep.network.ReplicaLinks} at the client): Netty, TLS 1.3 with certificates at both ends,
 * frames, reconnection, and a bound on everything that others can make this process hold.
 *
 * <p>A connection begins with strangers: an {@code Doorman} takes it, or a {@code Dialer} makes it;
 * TLS shows the certificates, the greeting says who is there. Only then does it become a {@code
 * Connection} in use. In use, each connection of an event loop is read in turns, so that one which
 * floods cannot starve the others, and what waits to be sent on it is bounded.
 *
 * <p>A link delivers each message at most once and in order, and loses the last ones when it
 * breaks; whoever uses it sends again what matters once it is connected again.
 */
package dev.lockstep.network;
