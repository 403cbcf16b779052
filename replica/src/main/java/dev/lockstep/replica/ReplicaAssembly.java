package dev.lockstep.replica;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClusterVerifier;
import dev.lockstep.crypto.ReplicaSigner;
import dev.lockstep.network.ClientListener;
import dev.lockstep.network.NetworkCounters;
import dev.lockstep.network.PeerLinks;
import dev.lockstep.network.Transports;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.replica.Replica;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.View;
import dev.lockstep.storage.CheckpointStore;
import dev.lockstep.storage.LogListener;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
  private final CheckpointStore store;
  private final CheckpointHost checkpoints;
  private final ServiceExecutor executor;
  private final SignatureWorker signatures;
  private final ClientRoutes routes = new ClientRoutes();
  private final ReplicaNetwork network;
  private final PeerLinks peers;
  private final ClientListener clients;
  private final LoopPorts ports;
  private final FailStop failStop;
  private final FreeSpace space;

  // What the start finds out.
  private StartState.Kind started;
  private InetSocketAddress peerAddress;
  private InetSocketAddress clientAddress;

  /** Null if there is no admin endpoint. */
  private AdminServer admin;

  /** Null until somebody wants the replica to be closed. */
  private Thread releasing;

  /**
   * Makes the parts, and opens what is on the disk; nothing runs yet.
   *
   * @throws IOException if the log or the checkpoints cannot be opened; nothing is left open then,
   *     whatever is thrown
   */
  ReplicaAssembly(ServiceReplica.Builder given) throws IOException {
    cluster = given.cluster;
    settings = given.settings;
    self = settings.id();
    view = cluster.view();
    signer = new ReplicaSigner(given.credentials);
    verifier = cluster.verifier();
    counters =
        new ReplicaCounters(
            cluster.members().stream().mapToInt(ClusterConfig.Member::id).toArray());

    failStop = new FailStop(self, this::silence);
    protocolLoops = loops(1, "protocol", failStop::failed);
    clientLoops = loops(clientLoopCount(), "clients", failStop::failed);
    // Netty's own tasks run here too, on what strangers send: what is no Error ends no replica.
    strangerLoops =
        loops(
            1,
            "strangers",
            e -> {
              if (e instanceof Error) {
                failStop.failed(e);
              } else {
                LOG.error("replica {}: a task for a stranger's connection failed", self, e);
              }
            });
    reader = Executors.newSingleThreadExecutor(failStop.threads(name("reader")));
    EventLoop loop = protocolLoops.next();
    space =
        settings
            .data()
            .map(data -> new FreeSpace(self, () -> Files.getFileStore(data).getUsableSpace()))
            .orElseGet(FreeSpace::unlimited);
    protocol = new ProtocolLoop(self, loop, view, counters, failStop, space);
    metrics = new ReplicaMetrics(counters, networkCounters, protocol, space);
    status = new StatusReport(self, cluster, settings.durability(), protocol, routes, failStop);

    try {
      log = openLog(given.lost);
      store = openStore();
      checkpoints =
          new CheckpointHost(
              self,
              store,
              counters,
              failStop.threads(name("checkpoint")),
              reader,
              loop,
              protocol,
              new ReadBack(given.another),
              failStop::stop);
      executor =
          new ServiceExecutor(
              self,
              given.service,
              given.state,
              given.replier,
              counters,
              failStop.threads(name("service")),
              results -> loop.execute(() -> protocol.onResults(results)),
              failStop::stop);
      signatures =
          new SignatureWorker(
              failStop.threads(name("signatures")),
              signer,
              verifier,
              done -> loop.execute(() -> protocol.onSigned(done)),
              failStop::stop);

      network =
          new ReplicaNetwork(cluster, settings, given.credentials, strangerLoops, networkCounters);
      peers = network.peers(loop, protocol);
      clients =
          network.clients(
              clientLoops,
              new ClientGate(
                  loop,
                  new RequestHandover(loop, protocol::onRequests),
                  new RequestIntake(
                      view, cluster.domains().now(), verifier, given.requestVerifier, counters),
                  routes,
                  counters));
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
    } catch (Throwable e) {
      abandon();
      throw e;
    }
  }

  private EventLoopGroup loops(int count, String thread, Consumer<Throwable> onFailure) {
    return Transports.loops(count, failStop.threads(name(thread)), onFailure);
  }

  /** The parts cannot be made: those that are there end. */
  private void abandon() {
    failStop.closed();
    if (signatures != null) {
      ending("signatures", signatures::end);
    }
    closeLog();
    endThreads(0);
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
            failStop.stop("the log failed: " + cause);
          }
        };
    return new DiskLog(self, settings.data().get(), settings.durability(), cluster, listener);
  }

  /** After the log, whose lock guards the checkpoints too. */
  private CheckpointStore openStore() throws IOException {
    if (settings.data().isEmpty()) {
      return CheckpointStore.inMemory(cluster.clusterDigest());
    }
    return CheckpointStore.open(settings.data().get(), cluster.clusterDigest());
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
      foresee();
      peerAddress = peers.start().join();
      clientAddress = clients.start().join();
      if (settings.adminPort() != ReplicaSettings.NO_ADMIN) {
        admin =
            new AdminServer(
                failStop,
                name("admin"),
                new InetSocketAddress(settings.adminHost(), settings.adminPort()),
                List.of(settings.adminHost(), cluster.member(self).host()),
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

  /** Says what may become scarce, and looks at the disk now and then. */
  private void foresee() {
    space.look();
    protocol
        .loop()
        .scheduleAtFixedRate(
            () -> reader.execute(space::look),
            FreeSpace.PERIOD_SECONDS,
            FreeSpace.PERIOD_SECONDS,
            TimeUnit.SECONDS);
    if (settings.data().isEmpty()) {
      return; // one of many in a process, for tests
    }
    Resources.shortages(
            view, settings.budgets(), Runtime.getRuntime().maxMemory(), Resources.descriptorLimit())
        .forEach(shortage -> LOG.warn("replica {}: {}", self, shortage));
    long log = Resources.logBytes(view, cluster.checkpointPeriod());
    if (space.bytes() < log) {
      LOG.warn(
          "replica {}: {} MiB are left on its disk; logs take up to {} MiB if all batches are full",
          self,
          space.bytes() >> 20,
          log >> 20);
    }
  }

  /** The service takes up the newest checkpoint that it can; null if there is none. */
  private Checkpoint restore() throws IOException, InterruptedException {
    long since = System.nanoTime();
    Checkpoint taken = StartCheckpoint.restore(self, store, executor::restore);
    if (taken != null) {
      LOG.info(
          "replica {} instance {}: restored a checkpoint of {} bytes in {} ms",
          self,
          taken.instance(),
          taken.contentBytes(),
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
    }
    return taken;
  }

  private ReplicaConfig coreConfig() {
    return new ReplicaConfig(
        self,
        cluster.domains(),
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
    return failStop.stopped();
  }

  /** Tells where the other replicas are. Any thread. */
  void setPeers(ClusterConfig moved) {
    protocol.loop().execute(() -> peers.setEndpoints(network.endpoints(moved)));
  }

  /** The replica has failed: nobody is listened to any more. */
  private void silence() {
    if (peers != null && clients != null) {
      peers.close();
      clients.close();
    }
  }

  /**
   * Ends everything, and waits for it; so does whoever else closes the replica at the same time,
   * such as a shutdown hook. Any thread, also one that is interrupted. A thread of the replica
   * itself does not wait, since all is waiting for that one.
   */
  void release() {
    Thread ending;
    synchronized (this) {
      if (releasing == null) {
        failStop.closed();
        releasing = new Thread(this::releaseParts, name("close"));
        releasing.start();
      }
      ending = releasing;
    }
    if (failStop.isOwn(Thread.currentThread())) {
      return;
    }
    boolean interrupted = false;
    while (ending.isAlive()) {
      try {
        ending.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * From the outside in, so that nobody hands anything to a thread that is gone. What one part
   * throws keeps no other from ending.
   */
  private void releaseParts() {
    if (admin != null) {
      ending("admin endpoint", admin::close);
    }
    ending("clients' connections", clients::close);
    ending("connections", peers::close);
    // What the protocol loop has begun is finished then.
    ending(
        "protocol loop",
        () -> protocol.loop().submit(() -> {}).awaitUninterruptibly(END_SECONDS, TimeUnit.SECONDS));
    ending("service", executor::end);
    ending("signatures", signatures::end);
    ending("checkpoints", checkpoints::end);
    if (checkpoints.hasEnded()) {
      closeLog();
    } else {
      // It may still rename and delete files, and with the log the folder would be let go.
      LOG.error(
          "replica {}: its checkpoint thread does not end, so its folder stays in use until this"
              + " process ends",
          self);
    }
    ending("threads", () -> endThreads(2));
    LOG.info("replica {}: closed", self);
  }

  private interface End {
    void end() throws InterruptedException;
  }

  private void ending(String part, End of) {
    try {
      of.end();
    } catch (Throwable e) {
      LOG.error("replica {}: its {} cannot be ended cleanly", self, part, e);
    }
  }

  private void closeLog() {
    if (log == null) {
      return;
    }
    try {
      log.close();
    } catch (Throwable e) {
      LOG.error("replica {}: the log cannot be closed cleanly", self, e);
    }
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
