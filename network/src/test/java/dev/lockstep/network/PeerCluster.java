package dev.lockstep.network;

import dev.lockstep.network.wire.GroupId;
import dev.lockstep.protocol.bytes.Digest;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Replicas without a protocol: their links, and what came over them. */
final class PeerCluster implements AutoCloseable {
  static final GroupId CLUSTER = new GroupId(new Digest(1, 2, 3, 4), new Digest(5, 6, 7, 8));
  static final Duration PATIENCE = Duration.ofSeconds(10);

  record Message(int peer, byte[] bytes) {}

  interface OnMessage {
    void accept(int peer, byte[] message);
  }

  static final class Node implements LinkHandler {
    final int id;
    final EventLoop loop;
    final NetworkCounters counters = new NetworkCounters();
    final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    final Map<Integer, Integer> connects = new TreeMap<>();
    final Map<Integer, Integer> disconnects = new TreeMap<>();
    PeerLinks links;
    InetSocketAddress address;

    Node(int id, EventLoop loop) {
      this.id = id;
      this.loop = loop;
    }

    /** What to do with a message; by default it is kept. */
    volatile OnMessage onMessage = (peer, message) -> messages.add(new Message(peer, message));

    @Override
    public void onMessage(int peer, byte[] message) {
      onMessage.accept(peer, message);
    }

    @Override
    public void onReadComplete() {
      links.flush();
    }

    @Override
    public synchronized void onConnected(int peer) {
      connects.merge(peer, 1, Integer::sum);
    }

    @Override
    public synchronized void onDisconnected(int peer) {
      disconnects.merge(peer, 1, Integer::sum);
    }

    synchronized int connects(int peer) {
      return connects.getOrDefault(peer, 0);
    }

    synchronized boolean isConnected(int peer) {
      return connects(peer) > disconnects.getOrDefault(peer, 0);
    }

    void send(int peer, byte[] message) {
      onLoop(
          () -> {
            links.send(peer, message);
            links.flush();
          });
    }

    /** Forgets all connections, as a process that begins anew. */
    synchronized void reset() {
      connects.clear();
      disconnects.clear();
    }

    void onLoop(Runnable task) {
      loop.submit(task).syncUninterruptibly();
    }

    Message next() throws InterruptedException {
      Message message = messages.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (message == null) {
        throw new AssertionError("replica " + id + " received nothing");
      }
      return message;
    }
  }

  final Identities identities;
  final List<Node> nodes = new ArrayList<>();
  private final EventLoopGroup loops;
  private final EventLoopGroup strangers;
  private final NetworkLimits limits;
  private final boolean tls;
  private final SslProvider provider;

  PeerCluster(int replicas, NetworkLimits limits, boolean tls, SslProvider provider) {
    this.limits = limits;
    this.tls = tls;
    this.provider = provider;
    identities = new Identities(tls ? replicas : 0, 0);
    loops = Transports.loops(replicas, "protocol");
    strangers = Transports.loops(1, "strangers");
    for (int id = 0; id < replicas; id++) {
      nodes.add(new Node(id, loops.next()));
    }
  }

  static PeerCluster withTls(int replicas) {
    return new PeerCluster(replicas, NetworkLimits.forPeers(), true, Tls.bestProvider());
  }

  Node node(int id) {
    return nodes.get(id);
  }

  private PeerLinks.Config config(int id, int port, TlsIdentity identity, GroupId genesis) {
    return new PeerLinks.Config(
        id, genesis, () -> 0, "127.0.0.1", port, List.of(), identity, identities, limits);
  }

  void start(int id) {
    start(id, tls ? identities.replica(id) : null, CLUSTER);
  }

  /** Starts a replica that is not quite what the others expect. */
  void start(int id, TlsIdentity identity, GroupId genesis) {
    Node node = node(id);
    node.reset();
    int port = node.address == null ? 0 : node.address.getPort();
    node.links =
        new PeerLinks(
            node.loop,
            strangers,
            config(id, port, identity, genesis),
            node,
            node.counters,
            provider);
    node.address = node.links.start().join();
  }

  void introduce(int id) {
    node(id).onLoop(() -> node(id).links.setEndpoints(othersOf(id)));
  }

  List<Endpoint> othersOf(int id) {
    return nodes.stream()
        .filter(other -> other.id != id && other.address != null)
        .map(other -> new Endpoint(other.id, "localhost", other.address.getPort()))
        .toList();
  }

  PeerCluster startAll() {
    nodes.forEach(node -> start(node.id));
    nodes.forEach(node -> introduce(node.id));
    return this;
  }

  boolean isComplete() {
    return nodes.stream()
        .allMatch(a -> nodes.stream().allMatch(b -> a == b || a.isConnected(b.id)));
  }

  /** Waits until it is so. */
  static void await(String what, BooleanSupplier condition) {
    await(what, PATIENCE, condition);
  }

  static void await(String what, Duration patience, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    CountDownLatch never = new CountDownLatch(1);
    try {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() > end) {
          throw new AssertionError("waited in vain for: " + what);
        }
        never.await(2, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    nodes.stream().filter(node -> node.links != null).forEach(node -> node.links.close());
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    strangers.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
