package dev.lockstep.network;

import dev.lockstep.protocol.message.ClientId;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Replicas that send back what clients send them, and their clients. */
final class Service implements AutoCloseable {
  final Identities identities;
  final List<Replica> replicas = new ArrayList<>();
  final EventLoopGroup loops = Transports.loops(1, "clients of replicas");
  final EventLoopGroup strangers = Transports.loops(1, "strangers");
  final EventLoopGroup clientLoops = Transports.loops(1, "client");
  private final NetworkLimits limits;
  private final boolean tls;
  private final SslProvider provider;

  Service(int count, NetworkLimits limits, boolean tls, SslProvider provider) {
    this.limits = limits;
    this.tls = tls;
    this.provider = provider;
    identities = new Identities(tls ? count : 0, tls ? 2 : 0);
    for (int id = 0; id < count; id++) {
      Replica replica = new Replica(id);
      replica.listen();
      replicas.add(replica);
    }
  }

  Replica replica(int id) {
    return replicas.get(id);
  }

  Client client(int number) {
    return new Client(number);
  }

  final class Replica implements ClientListener.Handler {
    final int id;
    final NetworkCounters counters = new NetworkCounters();
    final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
    ClientListener listener;
    InetSocketAddress address;
    volatile ClientId lastClient;

    /** The threads that greeted the last client, and that read its last request. */
    volatile String greetedOn;

    volatile String readOn;

    Replica(int id) {
      this.id = id;
    }

    void listen() {
      listener =
          new ClientListener(
              loops,
              strangers,
              new ClientListener.Config(
                  id,
                  PeerCluster.CLUSTER,
                  () -> {
                    greetedOn = Thread.currentThread().getName();
                    return 0;
                  },
                  "127.0.0.1",
                  address == null ? 0 : address.getPort(),
                  tls ? identities.replica(id) : null,
                  identities,
                  limits),
              this,
              counters,
              provider);
      address = listener.start().join();
    }

    Endpoint endpoint() {
      return new Endpoint(id, "127.0.0.1", address.getPort());
    }

    @Override
    public void onConnected(ClientConnection connection) {
      connections.add(connection);
    }

    @Override
    public void onMessage(ClientConnection connection, byte[] message) {
      readOn = Thread.currentThread().getName();
      lastClient = connection.client();
      connection.send(message);
    }

    @Override
    public void onReadComplete(ClientConnection connection) {
      connection.flush();
    }

    @Override
    public void onDisconnected(ClientConnection connection) {
      connections.remove(connection);
    }
  }

  final class Client implements LinkHandler, AutoCloseable {
    final ClientId id;
    final NetworkCounters counters = new NetworkCounters();
    final BlockingQueue<byte[]> replies = new LinkedBlockingQueue<>();
    final Set<Integer> connected = new ConcurrentSkipListSet<>();
    final ReplicaLinks links;

    Client(int number) {
      TlsIdentity identity = tls ? identities.client(number) : null;
      id = tls ? Trust.clientOf(identity.subjectPublicKeyInfo()) : new ClientId(0, number + 1);
      links =
          new ReplicaLinks(
              clientLoops.next(),
              new ReplicaLinks.Config(
                  id,
                  PeerCluster.CLUSTER,
                  () -> 0,
                  replicas.stream().map(Replica::endpoint).toList(),
                  identity,
                  identities,
                  NetworkLimits.forReplicas()),
              this,
              counters,
              provider);
      links.start();
    }

    void send(int replica, byte[] message) {
      onLoop(
          () -> {
            links.send(replica, message);
            links.flush();
          });
    }

    void onLoop(Runnable task) {
      clientLoops.next().submit(task).syncUninterruptibly();
    }

    byte[] next() throws InterruptedException {
      byte[] reply = replies.poll(PeerCluster.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (reply == null) {
        throw new AssertionError("client " + id + " received nothing");
      }
      return reply;
    }

    @Override
    public void onMessage(int replica, byte[] message) {
      replies.add(message);
    }

    @Override
    public void onReadComplete() {
      links.flush();
    }

    @Override
    public void onConnected(int replica) {
      connected.add(replica);
    }

    @Override
    public void onDisconnected(int replica) {
      connected.remove(replica);
    }

    @Override
    public void close() {
      links.close();
    }
  }

  @Override
  public void close() {
    replicas.forEach(replica -> replica.listener.close());
    strangers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    clientLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
