package dev.lockstep.testkit.process;

import dev.lockstep.api.Service;
import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.Durability;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.network.Transports;
import dev.lockstep.protocol.replica.ReplicaConfig;
import dev.lockstep.protocol.view.View;
import dev.lockstep.storage.ReplicaLog;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A cluster of replica processes on this machine, with its files in a folder. Ends only processes
 * that it started, by their handles, also when this process ends before {@link #close}.
 *
 * <pre>{@code
 * try (ProcessCluster cluster = ProcessCluster.builder(folder, MyService.class).start()) {
 *   ServiceProxy client = cluster.newClient();
 *   cluster.kill(cluster.leader());
 *   ...
 * }
 * }</pre>
 *
 * <p>Safe for several threads, except that one replica must not be started by two at once.
 */
public final class ProcessCluster implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(120);
  private static final long POLL_MILLIS = 50;

  private final ClusterDirectory directory;
  private final ClusterKeys keys;
  private final Class<? extends Service> service;
  private final List<String> javaOptions;
  private final EventLoopGroup clientLoops = Transports.loops(1, "lockstep-clients");
  private final List<ReplicaHandle> replicas = new ArrayList<>();
  private final List<ServiceProxy> proxies = new CopyOnWriteArrayList<>();
  private final Thread hook = new Thread(this::endProcesses, "lockstep-process-cluster-end");

  private ProcessCluster(Builder builder) throws IOException {
    service = builder.service;
    javaOptions = builder.javaOptions;
    keys = ClusterKeys.generate(builder.replicas);
    List<Integer> ports = FreePorts.find(3 * builder.replicas);
    ClusterConfig.Builder config =
        ClusterConfig.builder("processes")
            .mode(builder.mode)
            .limits(builder.limits)
            .tls(builder.tls)
            .checkpointPeriod(builder.checkpointPeriod)
            .clientAuthority(keys.authority().certificate());
    if (builder.faults != null) {
      config.faults(builder.faults);
    }
    List<ReplicaSettings> settings = new ArrayList<>();
    for (int id = 0; id < builder.replicas; id++) {
      config.replica(
          keys.replicas().get(id), "127.0.0.1", ports.get(3 * id), ports.get(3 * id + 1));
      settings.add(
          new ReplicaSettings(
              id,
              Optional.of(Path.of("data")),
              "127.0.0.1",
              "127.0.0.1",
              ports.get(3 * id + 2),
              builder.durability,
              ReplicaConfig.Timing.defaults(),
              builder.budgets));
    }
    directory =
        ClusterDirectory.create(builder.folder, config.build(), keys, settings, ReplicaLog::create);
    for (int id = 0; id < builder.replicas; id++) {
      replicas.add(new ReplicaHandle(id, directory.replica(id), settings.get(id).adminPort()));
    }
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Begins a cluster of four replicas in a folder that does not exist yet, or is empty. */
  public static Builder builder(Path folder, Class<? extends Service> service) {
    return new Builder(folder, service);
  }

  /** Settings of a cluster. */
  public static final class Builder {
    private final Path folder;
    private final Class<? extends Service> service;
    private int replicas = 4;
    private View.Mode mode = View.Mode.BYZANTINE;
    private Integer faults;
    private View.Limits limits = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
    private boolean tls = true;
    private Durability durability = Durability.MEMORY;
    private long checkpointPeriod = 10_000;
    private ReplicaConfig.Budgets budgets = ReplicaConfig.Budgets.defaults();
    private List<String> javaOptions = List.of("-Xmx512m", "-XX:+UseSerialGC");

    private Builder(Path folder, Class<? extends Service> service) {
      this.folder = folder;
      this.service = service;
    }

    /** How many replicas; unless told otherwise, they tolerate as many faults as so many can. */
    public Builder replicas(int count) {
      replicas = count;
      return this;
    }

    /** Replicas only crash. */
    public Builder crashOnly() {
      mode = View.Mode.CRASH;
      return this;
    }

    /** How many of them may be faulty at the same time. */
    public Builder faults(int most) {
      faults = most;
      return this;
    }

    /** Clients sign their requests. */
    public Builder signed() {
      return limits(View.Limits.defaults(View.RequestAuthentication.SIGNED));
    }

    /** Cluster-wide limits, and whether clients sign their requests. */
    public Builder limits(View.Limits all) {
      limits = all;
      return this;
    }

    /** Connections without protection. */
    public Builder withoutTls() {
      tls = false;
      return this;
    }

    /** What replicas keep on disk and when; {@link Durability#MEMORY} unless set. */
    public Builder durability(Durability kind) {
      durability = kind;
      return this;
    }

    /** Instances between two checkpoints of one replica; 10,000 unless set. */
    public Builder checkpointPeriod(long instances) {
      checkpointPeriod = instances;
      return this;
    }

    /** What one client or peer can make a replica hold. */
    public Builder budgets(ReplicaConfig.Budgets each) {
      budgets = each;
      return this;
    }

    /** Options of the Java virtual machines of the replicas. */
    public Builder javaOptions(String... options) {
      javaOptions = List.of(options);
      return this;
    }

    /** Makes the files, starts all replicas, and waits until they all take part. */
    public ProcessCluster start() throws IOException {
      ProcessCluster cluster = new ProcessCluster(this);
      try {
        for (ReplicaHandle replica : cluster.replicas) {
          cluster.start(replica.id());
        }
        for (ReplicaHandle replica : cluster.replicas) {
          cluster.awaitHealthy(replica.id(), START);
        }
        return cluster;
      } catch (IOException | RuntimeException e) {
        cluster.close();
        throw e;
      }
    }
  }

  /** Its files. */
  public ClusterDirectory directory() {
    return directory;
  }

  public ClusterConfig config() {
    return directory.cluster();
  }

  public int size() {
    return replicas.size();
  }

  /** One replica, to be looked at; whether it runs or not. */
  public ReplicaHandle replica(int id) {
    return replicas.get(id);
  }

  /** Starts a replica that does not run, with what its folder holds; does not wait for it. */
  public void start(int id) throws IOException {
    replicas.get(id).start(command(id));
  }

  /** Starts it as one that misbehaves, see {@code Misbehaviour}. */
  public void startMisbehaving(int id, String misbehaviour) throws IOException {
    List<String> command = command(id);
    command.add(misbehaviour);
    replicas.get(id).start(command);
  }

  private List<String> command(int id) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(javaOptions);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(ReplicaProcess.class.getName());
    command.add(directory.replica(id).toString());
    command.add(service.getName());
    return command;
  }

  /** Kills it at once (SIGKILL), and waits until it is gone. */
  public void kill(int id) {
    replicas.get(id).kill();
  }

  /** Kills all of them, one right after the other, and waits until they are gone. */
  public void killAll() {
    replicas.forEach(ReplicaHandle::killSoon);
    replicas.forEach(ReplicaHandle::kill);
  }

  /** Ends it cleanly, and waits until it is gone. */
  public void stop(int id) {
    replicas.get(id).stop();
  }

  /** Halts it where it is (SIGSTOP), until {@link #resume}. */
  public void pause(int id) throws IOException {
    replicas.get(id).signal("STOP");
  }

  /** Lets it go on (SIGCONT). */
  public void resume(int id) throws IOException {
    replicas.get(id).signal("CONT");
  }

  /** Removes what a replica that does not run has on its disk; its keys stay. */
  public void wipe(int id) throws IOException {
    if (replicas.get(id).isRunning()) {
      throw new IllegalStateException("replica " + id + " runs; kill it first");
    }
    deleteTree(directory.replica(id).resolve("data"));
  }

  /** Waits until a replica takes part. */
  public void awaitHealthy(int id, Duration within) throws IOException {
    ReplicaHandle replica = replicas.get(id);
    long deadline = System.nanoTime() + within.toNanos();
    while (!replica.isHealthy()) {
      if (!replica.isRunning()) {
        throw new IOException("replica " + id + " has ended; its log:\n" + replica.logTail());
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "replica "
                + id
                + " is not healthy after "
                + within.toSeconds()
                + " s: "
                + replica.status().map(ReplicaHandle.Status::json).orElse("no status")
                + "; its log:\n"
                + replica.logTail());
      }
      pauseBriefly();
    }
  }

  /** Waits until a replica has delivered at least what the one that is furthest ahead has now. */
  public void awaitCaughtUp(int id, Duration within) throws IOException {
    long target =
        replicas.stream()
            .filter(other -> other.id() != id)
            .flatMap(other -> other.status().stream())
            .mapToLong(ReplicaHandle.Status::lastDelivered)
            .max()
            .orElseThrow(() -> new IOException("no replica says how far it is"));
    long deadline = System.nanoTime() + within.toNanos();
    while (replicas.get(id).status().map(ReplicaHandle.Status::lastDelivered).orElse(-1L)
        < target) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "replica "
                + id
                + " has not delivered "
                + target
                + " after "
                + within.toSeconds()
                + " s: "
                + replicas.get(id).status().map(ReplicaHandle.Status::json).orElse("no status")
                + "; its log:\n"
                + replicas.get(id).logTail());
      }
      pauseBriefly();
    }
  }

  private static void pauseBriefly() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for a replica", e);
    }
  }

  /** The leader of the highest regency that a running replica has installed. */
  public int leader() throws IOException {
    return replicas.stream()
        .flatMap(replica -> replica.status().stream())
        .max(Comparator.comparingLong(ReplicaHandle.Status::regency))
        .orElseThrow(() -> new IOException("no replica says who leads"))
        .leader();
  }

  /** The last lines of the logs of all replicas, for a failure. */
  public String logs() {
    StringBuilder text = new StringBuilder();
    for (ReplicaHandle replica : replicas) {
      text.append("---- replica ").append(replica.id()).append('\n').append(replica.logTail());
    }
    return text.toString();
  }

  /** A proxy with an identity of its own. Closed with the cluster. */
  public ServiceProxy newClient() {
    return newClient(newCredentials(), ClientSettings.defaults());
  }

  /** A proxy with this identity. Closed with the cluster. */
  public ServiceProxy newClient(ClientCredentials credentials, ClientSettings settings) {
    ServiceProxy proxy =
        ServiceProxy.builder(config(), credentials)
            .settings(settings)
            .eventLoops(clientLoops)
            .build();
    proxies.add(proxy);
    return proxy;
  }

  /** Credentials of a client that this cluster lets in. */
  public ClientCredentials newCredentials() {
    return keys.authority().issue(config().clusterDigest(), "client");
  }

  /** The secrets of a replica, for tests that speak in its name. */
  public ReplicaCredentials credentials(int replica) {
    return keys.replicas().get(replica);
  }

  private void endProcesses() {
    replicas.forEach(ReplicaHandle::kill);
  }

  /** Kills all replicas and closes the clients. The files stay. */
  @Override
  public void close() {
    CompletableFuture.allOf(
            proxies.stream()
                .map(
                    proxy ->
                        CompletableFuture.runAsync(proxy::close, task -> new Thread(task).start()))
                .toArray(CompletableFuture<?>[]::new))
        .join();
    clientLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    endProcesses();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // This process is ending, and the hook runs or has run.
      return;
    }
  }

  /** Removes a folder with everything in it, if it is there. */
  public static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
