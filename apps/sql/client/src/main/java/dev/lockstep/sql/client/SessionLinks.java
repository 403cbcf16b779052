package dev.lockstep.sql.client;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.crypto.ClusterTrust;
import dev.lockstep.network.Endpoint;
import dev.lockstep.network.LinkHandler;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.network.ReplicaLinks;
import dev.lockstep.network.TlsIdentity;
import dev.lockstep.network.Transports;
import dev.lockstep.network.Trust;
import dev.lockstep.network.wire.GroupId;
import dev.lockstep.services.command.RefusedException;
import dev.lockstep.sql.message.SessionMessage;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The connections of a client to the session ports of all replicas. Safe for any number of threads.
 */
final class SessionLinks implements AutoCloseable {
  /** Hears of what concerns one transaction, on the network's thread. */
  interface Listener {
    void onAnswer(int replica, SessionMessage.Answer answer);

    /** What was sent to this replica before is lost. */
    void onConnected(int replica);

    /** What was sent to this replica may be lost, and so may its answers. */
    void onDisconnected(int replica);
  }

  /** Hears of digests, on the network's thread. */
  interface DigestListener {
    void onDigest(int replica, SessionMessage.Digest digest);
  }

  private static final long CONNECTED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final EventLoopGroup group = Transports.loops(1, "lockstep-sql-client");
  private final EventLoop loop = group.next();
  private final ReplicaLinks links;
  private final Map<Long, Listener> listeners = new ConcurrentHashMap<>();
  private final Set<DigestListener> digestListeners = new CopyOnWriteArraySet<>();
  private final Set<Integer> connected = ConcurrentHashMap.newKeySet();

  SessionLinks(ClusterConfig cluster, ClientCredentials credentials, List<Endpoint> endpoints) {
    ClusterTrust clusterTrust = cluster.trust();
    Trust trust =
        new Trust() {
          @Override
          public int replicaOf(byte[] subjectPublicKeyInfo) {
            return clusterTrust.replicaOf(subjectPublicKeyInfo);
          }

          @Override
          public boolean isClient(X509Certificate[] chain) {
            return clusterTrust.isClient(chain);
          }
        };
    links =
        new ReplicaLinks(
            loop,
            new ReplicaLinks.Config(
                credentials.id(),
                new GroupId(cluster.clusterDigest(), cluster.configurationDigest()),
                () -> cluster.view().id(),
                endpoints,
                cluster.tls()
                    ? new TlsIdentity(credentials.key(), List.of(credentials.certificate()))
                    : null,
                trust,
                NetworkLimits.forReplicas(cluster.view().limits())),
            new Events(),
            new NetworkCounters());
    links.start();
  }

  private final class Events implements LinkHandler {
    @Override
    public void onMessage(int replica, byte[] bytes) {
      SessionMessage message;
      try {
        message = SessionMessage.decode(bytes);
      } catch (RefusedException e) {
        return; // a replica that talks nonsense is one that says nothing
      }
      if (message instanceof SessionMessage.Answer answer) {
        Listener listener = listeners.get(answer.transaction());
        if (listener != null) {
          listener.onAnswer(replica, answer);
        }
      } else if (message instanceof SessionMessage.Digest digest) {
        digestListeners.forEach(each -> each.onDigest(replica, digest));
      }
    }

    @Override
    public void onReadComplete() {
      links.flush();
    }

    @Override
    public void onConnected(int replica) {
      connected.add(replica);
      listeners.values().forEach(each -> each.onConnected(replica));
    }

    @Override
    public void onDisconnected(int replica) {
      connected.remove(replica);
      listeners.values().forEach(each -> each.onDisconnected(replica));
    }
  }

  /**
   * Waits until there is a connection to all of some replicas, or until a time in {@link
   * System#nanoTime}.
   */
  void awaitConnected(Collection<Integer> replicas, long until) {
    while (!connected.containsAll(replicas) && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(CONNECTED_PAUSE_NANOS);
    }
  }

  void listen(long transaction, Listener listener) {
    listeners.put(transaction, listener);
  }

  void forget(long transaction) {
    listeners.remove(transaction);
  }

  void listen(DigestListener listener) {
    digestListeners.add(listener);
  }

  void forget(DigestListener listener) {
    digestListeners.remove(listener);
  }

  /** Sends a message to those of some replicas to which there is a connection now. */
  void send(List<Integer> replicas, SessionMessage message) {
    byte[] bytes = message.encode();
    loop.execute(
        () -> {
          replicas.forEach(replica -> links.send(replica, bytes));
          links.flush();
        });
  }

  @Override
  public void close() {
    links.close();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
