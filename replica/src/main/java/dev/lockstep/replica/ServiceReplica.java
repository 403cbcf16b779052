package dev.lockstep.replica;

import dev.lockstep.api.Executable;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.Replier;
import dev.lockstep.api.RequestVerifier;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.network.Transports;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.view.View;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica of a service (the papers' ServiceReplica). Runs from {@link Builder#start} until
 * {@link #close}, or until it stops by itself because its disk fails or more than f replicas are
 * faulty; any number may run in one process. Its methods may be called by any thread.
 *
 * <pre>{@code
 * try (ServiceReplica replica =
 *     ServiceReplica.builder(cluster, settings, credentials, new Counter()).start()) {
 *   replica.whenStopped().join();
 * }
 * }</pre>
 */
public final class ServiceReplica implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceReplica.class);

  private final int id;
  final ReplicaAssembly parts;

  private ServiceReplica(int id, ReplicaAssembly parts) {
    this.id = id;
    this.parts = parts;
  }

  /** Begins a replica. The service is {@link Recoverable}, so that it can be checkpointed. */
  public static <S extends Executable & Recoverable> Builder builder(
      ClusterConfig cluster, ReplicaSettings settings, ReplicaCredentials credentials, S service) {
    return new Builder(cluster, settings, credentials, service, service);
  }

  /**
   * Settings of a replica. Not thread-safe. What it has gathered is for {@link ReplicaAssembly}.
   */
  public static final class Builder {
    final ClusterConfig cluster;
    final ReplicaSettings settings;
    final ReplicaCredentials credentials;
    final Executable service;
    final Recoverable state;
    Supplier<? extends Recoverable> another;
    Replier replier;
    RequestVerifier requestVerifier;
    UnaryOperator<Actions> interceptor = UnaryOperator.identity();
    boolean lost;

    private Builder(
        ClusterConfig cluster,
        ReplicaSettings settings,
        ReplicaCredentials credentials,
        Executable service,
        Recoverable state) {
      this.cluster = Objects.requireNonNull(cluster, "cluster");
      this.settings = Objects.requireNonNull(settings, "settings");
      this.credentials = Objects.requireNonNull(credentials, "credentials");
      this.service = Objects.requireNonNull(service, "service");
      this.state = state;
      replier = service instanceof Replier own ? own : null;
      requestVerifier = service instanceof RequestVerifier own ? own : null;
    }

    /**
     * Decides what leaves for whom when a command was executed; by default the service if it is a
     * {@link Replier} too, else the command's result is the reply.
     */
    public Builder replier(Replier replier) {
      this.replier = replier;
      return this;
    }

    /**
     * Looks at commands before they are ordered; by default the service if it is a {@link
     * RequestVerifier} too (which other threads then call), else all are welcome.
     */
    public Builder requestVerifier(RequestVerifier verifier) {
      requestVerifier = verifier;
      return this;
    }

    /**
     * Makes more instances of the service, in their first state. The first checkpoint that the
     * replica takes is then read back into one before it counts, and what that one writes is
     * compared: a state that cannot be restored, or not wholly, stops the replica while the log
     * still reaches back, and not its start years later. Takes the memory of a second state for as
     * long.
     */
    public Builder another(Supplier<? extends Recoverable> supplier) {
      another = supplier;
      return this;
    }

    /**
     * Says that this replica has run before and forgot its votes (RULES 27): for one that keeps
     * nothing on disk. It learns from the others before it votes again, else it could contradict
     * itself.
     */
    public Builder afterLoss() {
      lost = true;
      return this;
    }

    /**
     * Puts something between the protocol core and the world: for tests that need a replica that
     * lies. Runs on the protocol loop.
     */
    public Builder interceptor(UnaryOperator<Actions> interceptor) {
      this.interceptor = interceptor;
      return this;
    }

    /**
     * Starts the replica: it listens, and takes part as soon as enough others do.
     *
     * @throws IOException if an address cannot be bound or the log cannot be opened
     */
    public ServiceReplica start() throws IOException {
      settings.checkAgainst(cluster);
      requireOwnKeys();
      ReplicaAssembly parts = new ReplicaAssembly(this);
      try {
        parts.start(this);
      } catch (Throwable e) {
        parts.release();
        throw e;
      }
      ServiceReplica replica = new ServiceReplica(settings.id(), parts);
      replica.announce(cluster);
      return replica;
    }

    private void requireOwnKeys() {
      ClusterConfig.Member member = cluster.member(settings.id());
      if (!credentials.signingPublicKey().equals(member.signingKey())) {
        throw new IllegalArgumentException(notOurs("signing"));
      }
      if (cluster.tls() && !credentials.tlsPin().equals(member.tlsPin())) {
        throw new IllegalArgumentException(notOurs("TLS"));
      }
    }

    private String notOurs(String key) {
      return "the "
          + key
          + " key of replica "
          + settings.id()
          + " is not the one that the cluster configuration names; use the keys that were made"
          + " together with it";
    }
  }

  private void announce(ClusterConfig cluster) {
    View view = cluster.view();
    LOG.info(
        "replica {}: {} of cluster {} (configuration {}) with {} replicas, f = {}, {}; peers at {}, clients at {}, {},"
            + " signatures by {}",
        id,
        view.mode().name().toLowerCase(Locale.ROOT),
        cluster.name(),
        cluster.configurationDigest(),
        view.size(),
        view.faults(),
        parts.started(),
        peerAddress(),
        clientAddress(),
        Transports.description(),
        parts.describeSignatures());
    if (!cluster.tls()) {
      LOG.warn(
          "replica {}: connections are NOT protected: anybody who reaches the ports can pretend to"
              + " be any replica or client; for experiments only",
          id);
    } else if (cluster.isOpen()) {
      LOG.warn("replica {}: the cluster is open: anybody who reaches the port can be a client", id);
    }
  }

  public int id() {
    return id;
  }

  /** Where it listens to other replicas. */
  public InetSocketAddress peerAddress() {
    return parts.peerAddress();
  }

  /** Where it listens to clients. */
  public InetSocketAddress clientAddress() {
    return parts.clientAddress();
  }

  /** Where its admin endpoint is, or null. */
  public InetSocketAddress adminAddress() {
    return parts.adminAddressOrNull();
  }

  /** Its metrics, to be added to or read. */
  public MeterRegistry metrics() {
    return parts.metrics().registry();
  }

  /** Tells where the other replicas are, when their ports were not known at the start. */
  public void setPeers(ClusterConfig moved) {
    parts.setPeers(moved);
  }

  /**
   * Completes with the reason when the replica has stopped by itself, or was closed: on a thread of
   * its own, on which it may be closed.
   */
  public CompletableFuture<String> whenStopped() {
    return parts.stopped().copy();
  }

  /**
   * What it says of itself now. If its protocol thread does not answer within two seconds, that it
   * is stopped.
   */
  public ReplicaStatus status() {
    return parts.status().ask();
  }

  /**
   * Stops, after everything that was decided here has been executed. Waits for its threads, also
   * when it is interrupted; only a service that closes its own replica cannot wait.
   */
  @Override
  public void close() {
    parts.release();
  }
}
