package dev.lockstep.testkit;

import dev.lockstep.api.Executable;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.Replier;
import dev.lockstep.api.RequestVerifier;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import dev.lockstep.replica.ServiceReplica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A cluster of real replicas in this JVM, on free ports of the loopback interface, with keys that
 * exist in memory only. Nothing is written to disk, so a replica that is killed forgets everything
 * and, when it is restarted, learns it again from the others. Each replica holds its last two
 * checkpoints in memory: twice what the service writes to a snapshot.
 *
 * <pre>{@code
 * try (LocalCluster<Counter> cluster = LocalCluster.of(4, 1, Counter::new)) {
 *   byte[] reply = cluster.client().invokeOrdered(command);
 *   cluster.kill(0);
 *   ...
 * }
 * }</pre>
 *
 * <p>Not thread-safe; the proxies that it makes are.
 *
 * @param <S> the service
 */
public final class LocalCluster<S extends Executable & Recoverable> implements AutoCloseable {
  private final Builder<S> settings;
  private final ClusterKeys keys;
  private final List<ServiceReplica> replicas = new ArrayList<>();
  private final Map<Integer, S> services = new HashMap<>();
  private final List<ServiceProxy> proxies = new ArrayList<>();
  private ClusterConfig config;
  private ServiceProxy first;

  private LocalCluster(Builder<S> settings) {
    this.settings = settings;
    keys = ClusterKeys.generate(settings.replicas);
    config =
        ClusterConfig.builder("local")
            .local(keys)
            .mode(settings.mode)
            .faults(settings.faults)
            .limits(settings.limits)
            .checkpointPeriod(settings.checkpointPeriod)
            .tls(settings.tls)
            .build();
    try {
      for (int id = 0; id < settings.replicas; id++) {
        ServiceReplica replica = start(id, UnaryOperator.identity(), false);
        replicas.add(replica);
        config =
            config.withPorts(
                id, replica.peerAddress().getPort(), replica.clientAddress().getPort());
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    replicas.forEach(replica -> replica.setPeers(config));
  }

  private ServiceReplica start(int id, UnaryOperator<Actions> interceptor, boolean again) {
    S service = settings.service.get();
    services.put(id, service);
    ReplicaSettings embedded = ReplicaSettings.embedded(id);
    ReplicaSettings own =
        new ReplicaSettings(
            id,
            embedded.data(),
            embedded.bind(),
            embedded.adminHost(),
            embedded.adminPort(),
            embedded.durability(),
            settings.timing,
            settings.budgets);
    try {
      ServiceReplica.Builder builder =
          ServiceReplica.builder(config, own, keys.replicas().get(id), service)
              .interceptor(interceptor);
      if (settings.replier != null) {
        builder.replier(settings.replier);
      }
      if (settings.requestVerifier != null) {
        builder.requestVerifier(settings.requestVerifier);
      }
      return again ? builder.afterLoss().start() : builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a Byzantine fault-tolerant cluster (n >= 3f+1) with the defaults. */
  public static <S extends Executable & Recoverable> LocalCluster<S> of(
      int replicas, int faults, Supplier<S> service) {
    return builder(replicas, faults, service).start();
  }

  /** Begins a cluster with other settings. */
  public static <S extends Executable & Recoverable> Builder<S> builder(
      int replicas, int faults, Supplier<S> service) {
    return new Builder<>(replicas, faults, service);
  }

  /**
   * Settings of a cluster.
   *
   * @param <S> the service
   */
  public static final class Builder<S extends Executable & Recoverable> {
    /** Small, because decisions that are not in memory any more are nowhere. */
    private static final long DEFAULT_CHECKPOINT_PERIOD = 1_000;

    private final int replicas;
    private final int faults;
    private final Supplier<S> service;
    private View.Mode mode = View.Mode.BYZANTINE;
    private View.Limits limits = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
    private ReplicaConfig.Timing timing = ReplicaConfig.Timing.defaults();
    private long checkpointPeriod = DEFAULT_CHECKPOINT_PERIOD;
    private ReplicaConfig.Budgets budgets = ReplicaConfig.Budgets.defaults();
    private boolean tls = true;
    private Replier replier;
    private RequestVerifier requestVerifier;

    private Builder(int replicas, int faults, Supplier<S> service) {
      this.replicas = replicas;
      this.faults = faults;
      this.service = service;
    }

    /** Replicas only crash, and do not lie: n >= 2f+1. */
    public Builder<S> crashOnly() {
      mode = View.Mode.CRASH;
      return this;
    }

    /** Cluster-wide limits, and whether clients sign their requests. */
    public Builder<S> limits(View.Limits limits) {
      this.limits = limits;
      return this;
    }

    /** Patience of the replicas. */
    public Builder<S> timing(ReplicaConfig.Timing timing) {
      this.timing = timing;
      return this;
    }

    /** What one client or peer can make a replica hold. */
    public Builder<S> budgets(ReplicaConfig.Budgets budgets) {
      this.budgets = budgets;
      return this;
    }

    /** Instances between two checkpoints of one replica; 1,000 unless told otherwise. */
    public Builder<S> checkpointPeriod(long instances) {
      checkpointPeriod = instances;
      return this;
    }

    /** Connections without protection: a little quicker to start. */
    public Builder<S> withoutTls() {
      tls = false;
      return this;
    }

    /** One replier for all replicas, instead of the service if it is one. */
    public Builder<S> replier(Replier replier) {
      this.replier = replier;
      return this;
    }

    /** One verifier for all replicas, instead of the service if it is one. */
    public Builder<S> requestVerifier(RequestVerifier verifier) {
      requestVerifier = verifier;
      return this;
    }

    /** Starts all replicas. */
    public LocalCluster<S> start() {
      return new LocalCluster<>(this);
    }
  }

  /** What clients of this cluster need to know. */
  public ClusterConfig config() {
    return config;
  }

  /** A proxy with an identity of its own, the same one at each call. Closed with the cluster. */
  public ServiceProxy client() {
    if (first == null) {
      first = newClient();
    }
    return first;
  }

  /** Another proxy, with an identity of its own. Closed with the cluster. */
  public ServiceProxy newClient() {
    return newClient(ClientSettings.defaults());
  }

  /** Another proxy with other settings. */
  public ServiceProxy newClient(ClientSettings clientSettings) {
    ServiceProxy proxy =
        ServiceProxy.builder(config, newCredentials()).settings(clientSettings).build();
    proxies.add(proxy);
    return proxy;
  }

  /** Credentials of a client that this cluster lets in. */
  public ClientCredentials newCredentials() {
    return keys.authority().issue(config.clusterDigest(), "client-" + proxies.size());
  }

  /** The service of a replica as it is: another thread may be changing it. */
  public S service(int replica) {
    return services.get(replica);
  }

  /** A replica; null while it is killed. */
  public ServiceReplica replica(int replica) {
    return replicas.get(replica);
  }

  /** Stops a replica. It forgets everything, as if its machine had been lost. */
  public void kill(int replica) {
    ServiceReplica victim = replicas.set(replica, null);
    if (victim != null) {
      victim.close();
    }
  }

  /** Starts a killed replica again, with a new service. */
  public void restart(int replica) {
    restart(replica, UnaryOperator.identity());
  }

  /** Starts a killed replica again, with something between it and the world that may lie. */
  public void restart(int replica, UnaryOperator<Actions> interceptor) {
    if (replicas.get(replica) != null) {
      throw new IllegalStateException("replica " + replica + " runs; kill it first");
    }
    replicas.set(replica, start(replica, interceptor, true));
  }

  @Override
  public void close() {
    proxies.forEach(ServiceProxy::close);
    for (ServiceReplica replica : replicas) {
      if (replica != null) {
        replica.close();
      }
    }
  }
}
