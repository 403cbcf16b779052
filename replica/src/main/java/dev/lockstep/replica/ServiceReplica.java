package dev.lockstep.replica;

import dev.lockstep.api.Executable;
import dev.lockstep.api.Recoverable;
import dev.lockstep.api.Replier;
import dev.lockstep.api.RequestVerifier;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClusterTrust;
import dev.lockstep.crypto.ClusterVerifier;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.crypto.ReplicaSigner;
import dev.lockstep.network.ClientListener;
import dev.lockstep.network.Endpoint;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.network.PeerLinks;
import dev.lockstep.network.TlsIdentity;
import dev.lockstep.network.Transports;
import dev.lockstep.network.Trust;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.CodecLimits;
import dev.lockstep.protocol.port.Actions;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.record.StartState;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.replica.TransferStatus;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.View;
import dev.lockstep.storage.CheckpointReader;
import dev.lockstep.storage.CheckpointStore;
import dev.lockstep.storage.LogListener;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
  private static final long STATUS_WAIT_MILLIS = 2_000;

  private final int id;
  private final ClusterConfig cluster;
  private final View view;
  private final ReplicaSettings settings;
  private final EventLoopGroup protocolLoops;
  private final EventLoopGroup clientLoops;

  /** Where connections are accepted and authenticated, so that floods of them disturb nobody. */
  private final EventLoopGroup strangerLoops;

  private final ProtocolLoop protocol;
  private final PeerLinks peers;
  private final ClientListener clients;
  private final ClientGate gate;
  private final ServiceExecutor executor;
  private final SignatureWorker signatures;
  private final VoteLog log;
  private final CheckpointHost checkpoints;
  private final NetworkCounters networkCounters = new NetworkCounters();
  private final ReplicaCounters counters;
  private final PrometheusMeterRegistry metrics;
  private final Set<Integer> connected = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<String> stopped = new CompletableFuture<>();
  private AdminServer admin;
  private boolean released;
  private final InetSocketAddress peerAddress;
  private final InetSocketAddress clientAddress;
  private final StartState.Kind started;

  private ServiceReplica(Builder builder) throws IOException {
    cluster = builder.cluster;
    settings = builder.settings;
    settings.checkAgainst(cluster);
    id = settings.id();
    view = cluster.view();
    ReplicaCredentials credentials = builder.credentials;
    ClusterConfig.Member self = cluster.member(id);
    if (!credentials.signingPublicKey().equals(self.signingKey())) {
      throw new IllegalArgumentException(
          "the signing key of replica "
              + id
              + " is not the one that the cluster configuration names; use the keys that were made"
              + " together with it");
    }
    Signer signer = new ReplicaSigner(credentials);
    ClusterVerifier verifier = cluster.verifier();
    int highest = cluster.members().get(cluster.members().size() - 1).id();
    counters = new ReplicaCounters(highest);
    metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    protocolLoops = Transports.loops(1, "lockstep-" + id + "-protocol");
    clientLoops = Transports.loops(clientLoopCount(), "lockstep-" + id + "-clients");
    strangerLoops = Transports.loops(1, "lockstep-" + id + "-strangers");
    EventLoop loop = protocolLoops.next();
    protocol = new ProtocolLoop(id, loop, CodecLimits.of(view), counters, this::onHalt);
    log = openLog(builder.lost);
    checkpoints =
        new CheckpointHost(
            id,
            openStore(),
            counters,
            protocol.reader(),
            protocol::post,
            reason -> loop.execute(() -> protocol.halt(reason)));
    gate =
        new ClientGate(
            protocol, view, cluster.clusterDigest(), verifier, builder.requestVerifier, counters);
    executor =
        new ServiceExecutor(
            id,
            builder.service,
            builder.state,
            builder.replier,
            settings.budgets(),
            counters,
            results -> loop.execute(() -> protocol.onResults(results)),
            reason -> loop.execute(() -> protocol.halt(reason)));
    signatures =
        new SignatureWorker(
            "lockstep-" + id + "-signatures",
            signer,
            verifier,
            done -> loop.execute(() -> protocol.onSigned(done)));
    Trust trust = trust(cluster.trust());
    TlsIdentity identity =
        cluster.tls()
            ? new TlsIdentity(credentials.tlsKey(), List.of(credentials.tlsCertificate()))
            : null;
    peers =
        new PeerLinks(
            loop,
            strangerLoops,
            new PeerLinks.Config(
                id,
                cluster.clusterDigest(),
                view::id,
                settings.bind(),
                self.peerPort(),
                endpoints(cluster),
                identity,
                trust,
                NetworkLimits.forPeers()),
            new Watched(protocol, connected),
            networkCounters);
    clients =
        new ClientListener(
            clientLoops,
            strangerLoops,
            new ClientListener.Config(
                id,
                cluster.clusterDigest(),
                view::id,
                settings.bind(),
                self.clientPort(),
                identity,
                trust,
                NetworkLimits.forClients(view.limits())),
            gate,
            networkCounters);
    protocol.connect(peers, gate, executor, signatures, log, checkpoints);
    bindMetrics();
    try {
      ReplicaConfig config =
          new ReplicaConfig(
              id,
              cluster.clusterDigest(),
              view,
              settings.timing(),
              settings.budgets(),
              randomDigest(),
              new ReplicaConfig.Checkpointing(cluster.checkpointPeriod(), CodecLimits.PIECE_BYTES));
      executor.start();
      StartState state = log.start(restore());
      started = state.kind();
      loop.submit(
              () ->
                  protocol.start(
                      actions ->
                          new Replica(
                              config,
                              Rules.standard(),
                              signer,
                              verifier,
                              builder.interceptor.apply(actions)),
                      state))
          .get();
      peerAddress = peers.start().join();
      clientAddress = clients.start().join();
      admin =
          settings.adminPort() == ReplicaSettings.NO_ADMIN
              ? null
              : new AdminServer(
                  "lockstep-" + id + "-admin",
                  new InetSocketAddress(settings.adminHost(), settings.adminPort()),
                  this::status,
                  metrics::scrape);
      if (admin != null) {
        admin.bindTo(metrics);
      }
    } catch (CompletionException e) {
      release();
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (IOException | RuntimeException e) {
      release();
      throw e;
    } catch (ExecutionException e) {
      release();
      throw new IllegalStateException("the replica cannot start", e.getCause());
    } catch (InterruptedException e) {
      release();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    }
    LOG.info(
        "replica {}: {} of cluster {} with {} replicas, f = {}, {}; peers at {}, clients at {}, {},"
            + " signatures by {}",
        id,
        view.mode().name().toLowerCase(Locale.ROOT),
        cluster.name(),
        view.size(),
        view.faults(),
        started,
        peerAddress,
        clientAddress,
        Transports.description(),
        verifier.describe());
    if (!cluster.tls()) {
      LOG.warn(
          "replica {}: connections are NOT protected: anybody who reaches the ports can pretend to"
              + " be any replica or client; for experiments only",
          id);
    } else if (cluster.isOpen()) {
      LOG.warn("replica {}: the cluster is open: anybody who reaches the port can be a client", id);
    }
  }

  private VoteLog openLog(boolean lost) throws IOException {
    if (settings.data().isEmpty()) {
      return VoteLog.forgetful(lost ? StartState.Kind.LOST : StartState.Kind.FRESH);
    }
    EventLoop loop = protocol.loop();
    LogListener listener =
        new LogListener() {
          @Override
          public void onDurable(long ticket) {
            loop.execute(() -> protocol.onPersisted(ticket));
          }

          @Override
          public void onFailure(Throwable cause) {
            loop.execute(() -> protocol.halt("the log failed: " + cause));
          }
        };
    try {
      return new DiskLog(id, settings.data().get(), settings.durability(), cluster, listener);
    } catch (IOException e) {
      endLoops();
      throw e;
    }
  }

  private void endLoops() {
    protocolLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    clientLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    strangerLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** After the log, whose lock guards the checkpoints too. */
  private CheckpointStore openStore() throws IOException {
    if (settings.data().isEmpty()) {
      return CheckpointStore.inMemory(cluster.clusterDigest());
    }
    try {
      return CheckpointStore.open(settings.data().get(), cluster.clusterDigest());
    } catch (IOException e) {
      log.close();
      endLoops();
      throw e;
    }
  }

  /** The service takes up the newest checkpoint that is whole; null if there is none. */
  private Checkpoint restore() throws IOException, InterruptedException {
    long since = System.nanoTime();
    try (CheckpointReader newest = checkpoints.newest()) {
      if (newest == null) {
        return null;
      }
      executor.restore(newest);
      LOG.info(
          "replica {} instance {}: restored a checkpoint of {} bytes in {} ms",
          id,
          newest.manifest().instance(),
          newest.manifest().totalBytes(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
      return CheckpointHost.checkpoint(newest.manifest());
    }
  }

  private static int clientLoopCount() {
    return Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
  }

  /** Those whose ports are known by now. */
  private List<Endpoint> endpoints(ClusterConfig of) {
    return of.members().stream()
        .filter(member -> member.id() != id && member.peerPort() != 0)
        .map(member -> new Endpoint(member.id(), member.host(), member.peerPort()))
        .toList();
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

  private static Digest randomDigest() {
    byte[] secret = new byte[Digest.BYTES];
    new SecureRandom().nextBytes(secret);
    return Digest.hash(secret);
  }

  /** Begins a replica. The service is {@link Recoverable}, so that it can be checkpointed. */
  public static <S extends Executable & Recoverable> Builder builder(
      ClusterConfig cluster, ReplicaSettings settings, ReplicaCredentials credentials, S service) {
    return new Builder(cluster, settings, credentials, service, service);
  }

  /** Settings of a replica. Not thread-safe. */
  public static final class Builder {
    private final ClusterConfig cluster;
    private final ReplicaSettings settings;
    private final ReplicaCredentials credentials;
    private final Executable service;
    private final Recoverable state;
    private Replier replier;
    private RequestVerifier requestVerifier;
    private UnaryOperator<Actions> interceptor = UnaryOperator.identity();
    private boolean lost;

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
      return new ServiceReplica(this);
    }
  }

  /** Notes who is connected, for the status, on the way to the protocol. */
  private record Watched(ProtocolLoop protocol, Set<Integer> connected)
      implements PeerLinks.Handler {
    @Override
    public void onMessage(int peer, byte[] message) {
      protocol.onMessage(peer, message);
    }

    @Override
    public void onReadComplete() {
      protocol.onReadComplete();
    }

    @Override
    public void onConnected(int peer) {
      connected.add(peer);
      protocol.onConnected(peer);
    }

    @Override
    public void onDisconnected(int peer) {
      connected.remove(peer);
      protocol.onDisconnected(peer);
    }
  }

  private void bindMetrics() {
    counters.bindTo(metrics);
    for (NetworkCounters.Event event : NetworkCounters.Event.values()) {
      FunctionCounter.builder(
              "lockstep.network.events", networkCounters, counts -> counts.total(event))
          .description("What happened on the network, by kind")
          .tag("event", event.name().toLowerCase(Locale.ROOT))
          .register(metrics);
    }
    Gauge.builder("lockstep.regency", protocol, ProtocolLoop::regency).register(metrics);
    Gauge.builder("lockstep.last.delivered", protocol, ProtocolLoop::lastDelivered)
        .register(metrics);
    Gauge.builder("lockstep.pending.requests", protocol, ProtocolLoop::pendingRequests)
        .register(metrics);
  }

  // ---- questions ----------------------------------------------------------------------------

  public int id() {
    return id;
  }

  /** Where it listens to other replicas. */
  public InetSocketAddress peerAddress() {
    return peerAddress;
  }

  /** Where it listens to clients. */
  public InetSocketAddress clientAddress() {
    return clientAddress;
  }

  /** Where its admin endpoint is, or null. */
  public InetSocketAddress adminAddress() {
    return admin == null ? null : admin.address();
  }

  /** Its metrics, to be added to or read. */
  public MeterRegistry metrics() {
    return metrics;
  }

  /** Tells where the other replicas are, when their ports were not known at the start. */
  public void setPeers(ClusterConfig moved) {
    protocol.loop().execute(() -> peers.setEndpoints(endpoints(moved)));
  }

  /** Completes with the reason when the replica has stopped by itself, or was closed. */
  public CompletableFuture<String> whenStopped() {
    return stopped.copy();
  }

  /**
   * What it says of itself now. If its protocol thread does not answer within two seconds, that it
   * is stopped.
   */
  public ReplicaStatus status() {
    try {
      return protocol.loop().submit(this::statusNow).get(STATUS_WAIT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return statusWithout(ReplicaStatus.State.STOPPED);
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      LOG.warn("replica {}: no status: {}", id, e.toString());
      return statusWithout(ReplicaStatus.State.STOPPED);
    }
  }

  private ReplicaStatus statusNow() {
    Replica core = protocol.core();
    if (core == null || protocol.isHalted()) {
      return statusWithout(ReplicaStatus.State.STOPPED);
    }
    TransferStatus transfer = core.transferStatus();
    ReplicaStatus.State state =
        transfer.phase() != TransferStatus.Phase.NONE
            ? ReplicaStatus.State.TRANSFERRING
            : core.isLearner()
                ? ReplicaStatus.State.LEARNING
                : core.isSynced()
                    ? ReplicaStatus.State.RUNNING
                    : ReplicaStatus.State.CHANGING_LEADER;
    return new ReplicaStatus(
        id,
        state,
        view.id(),
        view.mode(),
        core.regency(),
        view.leader(core.regency()),
        core.lastDelivered(),
        Math.max(0, core.highestHeard() - core.lastDelivered()),
        core.pendingRequests(),
        connectedNow(),
        view.size() - view.faults() - 1,
        gate.clients(),
        settings.durability().name().toLowerCase(Locale.ROOT),
        transfer);
  }

  private ReplicaStatus statusWithout(ReplicaStatus.State state) {
    return new ReplicaStatus(
        id,
        state,
        view.id(),
        view.mode(),
        -1,
        -1,
        -1,
        0,
        0,
        connectedNow(),
        view.size() - view.faults() - 1,
        0,
        settings.durability().name().toLowerCase(Locale.ROOT),
        TransferStatus.NONE);
  }

  private List<Integer> connectedNow() {
    List<Integer> now = new ArrayList<>(connected);
    now.sort(null);
    return now;
  }

  // ---- end ----------------------------------------------------------------------------------

  /** The core has stopped: nothing it says may leave any more. On the protocol loop. */
  private void onHalt(String reason) {
    peers.close();
    clients.close();
    stopped.complete(reason);
  }

  /** Stops, after everything that was decided here has been executed. Waits for its threads. */
  @Override
  public void close() {
    stopped.complete("closed");
    release();
    LOG.info("replica {}: closed", id);
  }

  /**
   * From the outside in, so that nobody hands anything to a thread that is gone. Once; whoever else
   * closes the replica at the same time, such as a shutdown hook, waits for the end of it.
   */
  private synchronized void release() {
    if (released) {
      return;
    }
    released = true;
    if (admin != null) {
      admin.close();
    }
    clients.close();
    protocol.loop().submit(protocol::end).awaitUninterruptibly();
    try {
      executor.end();
      signatures.end();
      checkpoints.end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      log.close();
    } catch (IOException e) {
      LOG.error("replica {}: the log cannot be closed cleanly", id, e);
    }
    strangerLoops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    clientLoops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    protocolLoops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    metrics.close();
  }
}
