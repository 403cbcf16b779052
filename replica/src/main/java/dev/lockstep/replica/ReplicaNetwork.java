package dev.lockstep.replica;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClusterTrust;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.network.ClientListener;
import dev.lockstep.network.Endpoint;
import dev.lockstep.network.LinkHandler;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.network.PeerLinks;
import dev.lockstep.network.TlsIdentity;
import dev.lockstep.network.Trust;
import dev.lockstep.network.wire.GroupId;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.security.cert.X509Certificate;
import java.util.List;

/** Makes the connections of one replica, as the configurations want them. */
final class ReplicaNetwork {
  /**
   * Replies go to every connection of an identity, so there are few. The newest is told that there
   * are too many: if it took the place of the oldest, that one would dial again, and so for ever.
   */
  private static final int CONNECTIONS_PER_CLIENT = 16;

  private final ClusterConfig cluster;
  private final ReplicaSettings settings;
  private final EventLoopGroup strangers;
  private final NetworkCounters counters;
  private final int view;
  private final GroupId group;
  private final TlsIdentity identityOrNull;
  private final Trust trust;

  /**
   * @param strangers on which connections are accepted and authenticated
   */
  ReplicaNetwork(
      ClusterConfig cluster,
      ReplicaSettings settings,
      ReplicaCredentials credentials,
      EventLoopGroup strangers,
      NetworkCounters counters) {
    this.cluster = cluster;
    this.settings = settings;
    this.strangers = strangers;
    this.counters = counters;
    view = cluster.view().id();
    group = new GroupId(cluster.clusterDigest(), cluster.configurationDigest());
    identityOrNull =
        cluster.tls()
            ? new TlsIdentity(credentials.tlsKey(), List.of(credentials.tlsCertificate()))
            : null;
    trust = trust(cluster.trust());
  }

  private static Trust trust(ClusterTrust of) {
    return new Trust() {
      @Override
      public int replicaOf(byte[] subjectPublicKeyInfo) {
        return of.replicaOf(subjectPublicKeyInfo);
      }

      @Override
      public boolean isClient(X509Certificate[] chain) {
        return of.isClient(chain);
      }
    };
  }

  PeerLinks peers(EventLoop loop, LinkHandler handler) {
    return new PeerLinks(
        loop,
        strangers,
        new PeerLinks.Config(
            settings.id(),
            group,
            () -> view,
            settings.bind(),
            cluster.member(settings.id()).peerPort(),
            endpoints(cluster),
            identityOrNull,
            trust,
            NetworkLimits.forPeers()),
        handler,
        counters);
  }

  ClientListener clients(EventLoopGroup loops, ClientListener.Handler handler) {
    return new ClientListener(
        loops,
        strangers,
        new ClientListener.Config(
            settings.id(),
            group,
            () -> view,
            settings.bind(),
            cluster.member(settings.id()).clientPort(),
            identityOrNull,
            trust,
            NetworkLimits.forClients(cluster.limits())
                .withConnectionsPerClient(CONNECTIONS_PER_CLIENT)),
        handler,
        counters);
  }

  /** The others whose ports are known by now. */
  List<Endpoint> endpoints(ClusterConfig of) {
    return of.members().stream()
        .filter(member -> member.id() != settings.id() && member.peerPort() != 0)
        .map(member -> new Endpoint(member.id(), member.host(), member.peerPort()))
        .toList();
  }
}
