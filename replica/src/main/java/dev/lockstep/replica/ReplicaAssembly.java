package dev.lockstep.replica;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClusterTrust;
import dev.lockstep.crypto.ClusterVerifier;
import dev.lockstep.crypto.ReplicaSigner;
import dev.lockstep.network.ClientListener;
import dev.lockstep.network.Endpoint;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.NetworkLimits;
import dev.lockstep.network.PeerLinks;
import dev.lockstep.network.TlsIdentity;
import dev.lockstep.network.Transports;
import dev.lockstep.network.Trust;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.View;
import dev.lockstep.storage.CheckpointReader;
import dev.lockstep.storage.CheckpointStore;
import dev.lockstep.storage.LogListener;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads and parts of one replica, from the inside out, and the order in which they begin and
 * end. Whoever wants to know what there is in a replica reads this first.
 */
final class ReplicaAssembly {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaAssembly.class);
  private static final long END_SECONDS = 10;

  private final int self;
  private final ClusterConfig cluster;
  private final View view;
  private final ReplicaSettings settings;
  private final Signer signer;
  private final ClusterVerifier verifier;

  private final EventLoopGroup protocolLoops;
  private final EventLoopGroup clientLoops;

  /** Where connections are accepted and authenticated, so that floods of them disturb nobody. */
  private final EventLoopGroup strangerLoops;

  /** Reads decisions and pieces of checkpoints for others, one at a time. */
  private final ExecutorService reader;

  private final ReplicaCounters counters;
  private final NetworkCounters networkCounters = new NetworkCounters();
  private final ProtocolLoop protocol;
  private final ReplicaMetrics metrics;
  private final StatusReport status;
  private final VoteLog log;
  private final CheckpointHost checkpoints;
  private final ServiceExecutor executor;
  private final SignatureWorker signatures;
  private final ClientRoutes routes = new ClientRoutes();
  private final PeerLinks peers;
  private final ClientListener clients;
  private final LoopPorts ports;
  private final CompletableFuture<String> stopped = new CompletableFuture<>();

  // What the start finds out.
  private StartState.Kind started;
  private InetSocketAddress peerAddress;
  private InetSocketAddress clientAddress;

  /** Null if there is no admin endpoint. */
  private AdminServer admin;

  private boolean released;

  /**
   * Makes the parts, and opens what is on the disk; nothing runs yet.
   *
   * @throws IOException if the log or the checkpoints cannot be opened; nothing is left open then
   */
  ReplicaAssembly(ServiceReplica.Builder given) throws IOException {
    cluster = given.cluster;
    settings = given.settings;
    self = settings.id();
    view = cluster.view();
    signer = new ReplicaSigner(given.credentials);
    verifier = cluster.verifier();
    int highest = cluster.members().get(cluster.members().size() - 1).id();
    counters = new ReplicaCounters(highest);

    protocolLoops = Transports.loops(1, name("protocol"));
    clientLoops = Transports.loops(clientLoopCount(), name("clients"));
    strangerLoops = Transports.loops(1, name("strangers"));
    reader = Executors.newSingleThreadExecutor(task -> new Thread(task, name("reader")));
    EventLoop loop = protocolLoops.next();
    protocol = new ProtocolLoop(self, loop, view.codecLimits(), counters, this::onHalt);
    metrics = new ReplicaMetrics(counters, networkCounters, protocol);
    status = new StatusReport(self, view, settings.durability(), protocol, routes);

    CheckpointStore store;
    try {
      log = openLog(given.lost);
      store = openStore();
    } catch (IOException | RuntimeException e) {
      endThreads(0);
      throw e;
    }
    checkpoints =
        new CheckpointHost(self, store, counters, reader, loop, protocol, this::haltFromAnywhere);
    executor =
        new ServiceExecutor(
            self,
            given.service,
            given.state,
            given.replier,
            counters,
            results -> loop.execute(() -> protocol.onResults(results)),
            this::haltFromAnywhere);
    signatures =
        new SignatureWorker(
            name("signatures"),
            signer,
            verifier,
            done -> loop.execute(() -> protocol.onSigned(done)),
            this::haltFromAnywhere);

    Trust trust = trust(cluster.trust());
    TlsIdentity identity =
        cluster.tls()
            ? new TlsIdentity(
                given.credentials.tlsKey(), List.of(given.credentials.tlsCertificate()))
            : null;
    peers = peers(loop, identity, trust);
    clients = clients(loop, identity, trust, given);
    ports =
        new LoopPorts(
            self,
            protocol,
            peers,
            routes,
            executor,
            signatures,
            log,
            checkpoints,
            reader,
            counters);
  }

  private String name(String thread) {
    return "lockstep-" + self + "-" + thread;
  }

  private static int clientLoopCount() {
    return Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
  }

  private VoteLog openLog(boolean lost) throws IOException {
    if (settings.data().isEmpty()) {
      return VoteLog.forgetful(lost ? StartState.Kind.LOST : StartState.Kind.FRESH);
    }
    LogListener listener =
        new LogListener() {
          @Override
          public void onDurable(long ticket) {
            protocol.loop().execute(() -> protocol.onPersisted(ticket));
          }

          @Override
          public void onFailure(Throwable cause) {
            haltFromAnywhere("the log failed: " + cause);
          }
        };
    return new DiskLog(self, settings.data().get(), settings.durability(), cluster, listener);
  }

  /** After the log, whose lock guards the checkpoints too. */
  private CheckpointStore openStore() throws IOException {
    if (settings.data().isEmpty()) {
      return CheckpointStore.inMemory(cluster.clusterDigest());
    }
    try {
      return CheckpointStore.open(settings.data().get(), cluster.clusterDigest());
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private PeerLinks peers(EventLoop loop, TlsIdentity identity, Trust trust) {
    return new PeerLinks(
        loop,
        strangerLoops,
        new PeerLinks.Config(
            self,
            cluster.clusterDigest(),
            view::id,
            settings.bind(),
            cluster.member(self).peerPort(),
            endpoints(cluster),
            identity,
            trust,
            NetworkLimits.forPeers()),
        protocol,
        networkCounters);
  }

  private ClientListener clients(
      EventLoop loop, TlsIdentity identity, Trust trust, ServiceReplica.Builder given) {
    ClientGate gate =
        new ClientGate(
            loop,
            new RequestHandover(loop, protocol::onRequests),
            new RequestIntake(
                view, cluster.clusterDigest(), verifier, given.requestVerifier, counters),
            routes,
            counters);
    return new ClientListener(
        clientLoops,
        strangerLoops,
        new ClientListener.Config(
            self,
            cluster.clusterDigest(),
            view::id,
            settings.bind(),
            cluster.member(self).clientPort(),
            identity,
            trust,
            NetworkLimits.forClients(view.limits())),
        gate,
        networkCounters);
  }

  /** Those whose ports are known by now. */
  private List<Endpoint> endpoints(ClusterConfig of) {
    return of.members().stream()
        .filter(member -> member.id() != self && member.peerPort() != 0)
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

  /**
   * Takes up what is on the disk, starts the core, and listens; in this order. Once. Whoever gets
   * an exception has to {@link #release}.
   *
   * @throws IOException if an address cannot be bound, or the state not be read
   */
  void start(ServiceReplica.Builder given) throws IOException {
    try {
      executor.start();
      StartState state = log.start(restore());
      started = state.kind();
      Replica core =
          new Replica(
              coreConfig(), Rules.standard(), signer, verifier, given.interceptor.apply(ports));
      protocol.loop().submit(() -> protocol.start(core, ports, state)).get();
      peerAddress = peers.start().join();
      clientAddress = clients.start().join();
      if (settings.adminPort() != ReplicaSettings.NO_ADMIN) {
        admin =
            new AdminServer(
                name("admin"),
                new InetSocketAddress(settings.adminHost(), settings.adminPort()),
                status::ask,
                metrics::scrape);
        admin.bindTo(metrics.registry());
      }
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (ExecutionException e) {
      throw new IllegalStateException("the replica cannot start", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
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
          self,
          newest.manifest().instance(),
          newest.manifest().totalBytes(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
      return CheckpointHost.checkpoint(newest.manifest());
    }
  }

  private ReplicaConfig coreConfig() {
    return new ReplicaConfig(
        self,
        cluster.clusterDigest(),
        view,
        settings.timing(),
        settings.budgets(),
        randomDigest(),
        new ReplicaConfig.Checkpointing(cluster.checkpointPeriod(), CodecLimits.PIECE_BYTES));
  }

  private static Digest randomDigest() {
    byte[] secret = new byte[Digest.BYTES];
    new SecureRandom().nextBytes(secret);
    return Digest.hash(secret);
  }

  /** How the votes were found. */
  StartState.Kind started() {
    return started;
  }

  InetSocketAddress peerAddress() {
    return peerAddress;
  }

  InetSocketAddress clientAddress() {
    return clientAddress;
  }

  InetSocketAddress adminAddressOrNull() {
    return admin == null ? null : admin.address();
  }

  ReplicaMetrics metrics() {
    return metrics;
  }

  StatusReport status() {
    return status;
  }

  /** By what signatures are made and checked, in words. */
  String describeSignatures() {
    return verifier.describe();
  }

  /** Completes with the reason when the replica has stopped by itself, or was closed. */
  CompletableFuture<String> stopped() {
    return stopped;
  }

  /** Tells where the other replicas are. Any thread. */
  void setPeers(ClusterConfig moved) {
    protocol.loop().execute(() -> peers.setEndpoints(endpoints(moved)));
  }

  /** The replica must not go on. Any thread. */
  private void haltFromAnywhere(String reason) {
    protocol.loop().execute(() -> protocol.halt(reason));
  }

  /** The core has stopped: nothing it says may leave any more. On the protocol loop. */
  private void onHalt(String reason) {
    peers.close();
    clients.close();
    stopped.complete(reason);
  }

  /**
   * From the outside in, so that nobody hands anything to a thread that is gone. Once; whoever else
   * closes the replica at the same time, such as a shutdown hook, waits for the end of it.
   */
  synchronized void release() {
    if (released) {
      return;
    }
    released = true;
    stopped.complete("closed");
    if (admin != null) {
      admin.close();
    }
    clients.close();
    protocol.loop().submit(this::endProtocol).awaitUninterruptibly();
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
      LOG.error("replica {}: the log cannot be closed cleanly", self, e);
    }
    endThreads(2);
  }

  private void endProtocol() {
    protocol.end();
    peers.close();
  }

  /** Ends the threads that belong to no part. */
  private void endThreads(int seconds) {
    reader.shutdown();
    try {
      if (!reader.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("replica {}: its reader thread does not end", self);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (EventLoopGroup loops : List.of(strangerLoops, clientLoops, protocolLoops)) {
      loops.shutdownGracefully(0, seconds, TimeUnit.SECONDS).awaitUninterruptibly();
    }
    metrics.close();
  }
}
