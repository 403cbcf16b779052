package dev.lockstep.benchmarks;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterDirectory;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.storage.ReplicaLog;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Each replica in a process of its own, on the loopback interface, in a temporary directory that
 * goes with it. Not thread-safe, but {@link #close} may be called by any thread.
 */
final class ProcessCluster implements BenchCluster {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Path DATA = Path.of("data");
  private static final Duration START = Duration.ofSeconds(120);
  private static final int POLL_MILLIS = 50;
  private static final int ANSWER_MILLIS = 5_000;

  /** Below the ports that systems take for outgoing connections. */
  private static final int LOWEST_PORT = 20_000;

  private static final int HIGHEST_PORT = 32_000;

  private final Path directory;
  private final ClusterKeys keys;
  private final ClusterConfig config;
  private final List<Integer> adminPorts = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();
  private final Thread atExit = new Thread(this::end, "bench-cleanup");
  private int clients;

  /**
   * Starts the replicas and waits until all of them take part.
   *
   * @param heap most heap of a replica, as in {@code -Xmx}
   */
  ProcessCluster(BenchOptions options, String service, String heap) throws IOException {
    directory = Files.createTempDirectory("lockstep-bench-");
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      BenchOptions.Group group = options.group();
      keys = ClusterKeys.generate(group.replicas());
      ClusterConfig.Builder builder =
          ClusterConfig.builder("bench")
              .mode(group.mode())
              .faults(group.faults())
              .limits(options.limits())
              .tls(group.tls())
              .clientAuthority(keys.authority().certificate());
      Set<Integer> ports = new HashSet<>();
      keys.replicas()
          .forEach(each -> builder.replica(each, LOOPBACK, freePort(ports), freePort(ports)));
      config = builder.build();
      List<ReplicaSettings> settings = new ArrayList<>();
      for (ClusterConfig.Member member : config.members()) {
        int adminPort = freePort(ports);
        adminPorts.add(adminPort);
        ReplicaSettings defaults = ReplicaSettings.defaults(member, DATA, group.durability());
        settings.add(
            new ReplicaSettings(
                defaults.id(),
                defaults.data(),
                defaults.bind(),
                defaults.adminHost(),
                adminPort,
                defaults.durability(),
                defaults.timing(),
                defaults.budgets()));
      }
      Path files = directory.resolve("cluster");
      ClusterDirectory made = ClusterDirectory.create(files, config, keys, settings);
      for (ClusterConfig.Member member : config.members()) {
        // Without, a replica would have to assume that it has lost its votes.
        ReplicaLog.create(
            made.replica(member.id()).resolve(DATA), config.clusterDigest(), member.id());
        processes.add(start(made.replica(member.id()), log(member.id()), service, heap));
      }
      awaitHealth();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static int freePort(Set<Integer> taken) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = random.nextInt(LOWEST_PORT, HIGHEST_PORT);
      if (!taken.contains(port) && isFree(port)) {
        taken.add(port);
        return port;
      }
    }
    throw new UncheckedIOException(
        new IOException("no free ports from " + LOWEST_PORT + " to " + HIGHEST_PORT));
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(LOOPBACK))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static Process start(Path replica, Path log, String service, String heap)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heap,
            "-XX:+UseParallelGC",
            "-cp",
            System.getProperty("java.class.path"),
            BenchReplica.class.getName(),
            replica.toString(),
            service)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  private Path log(int replica) {
    return directory.resolve("replica-" + replica + ".log");
  }

  // ---- questions ----------------------------------------------------------------------------

  private void awaitHealth() throws IOException {
    long deadline = System.nanoTime() + START.toNanos();
    for (int id = 0; id < processes.size(); id++) {
      while (!isHealthy(id)) {
        requireAlive(id);
        if (System.nanoTime() > deadline) {
          throw new IOException(
              "replica "
                  + id
                  + " did not start within "
                  + START.toSeconds()
                  + " s"
                  + lastWords(id));
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the replicas start", e);
    }
  }

  private boolean isHealthy(int id) {
    try {
      // A replica alone has nobody to be connected with.
      return processes.size() == 1
          ? get(id, "/status").contains("\"running\"")
          : get(id, "/health").contains("\"healthy\":true");
    } catch (IOException e) {
      // Not there yet; whether it has died is looked at elsewhere.
      return false;
    }
  }

  private String get(int id, String path) throws IOException {
    URL url = new URL("http", LOOPBACK, adminPorts.get(id), path);
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    connection.setConnectTimeout(ANSWER_MILLIS);
    connection.setReadTimeout(ANSWER_MILLIS);
    try (var in =
        connection.getResponseCode() < 400
            ? connection.getInputStream()
            : connection.getErrorStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void requireAlive(int id) throws IOException {
    Process process = processes.get(id);
    if (!process.isAlive()) {
      throw new IOException(
          "replica " + id + " ended with exit code " + process.exitValue() + lastWords(id));
    }
  }

  private String lastWords(int id) throws IOException {
    List<String> lines = Files.readAllLines(log(id));
    return lines.isEmpty()
        ? ""
        : "; it said: "
            + String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
  }

  @Override
  public ClusterConfig config() {
    return config;
  }

  @Override
  public ClientCredentials newClient() {
    return keys.authority().issue(config.clusterDigest(), "client-" + clients++);
  }

  @Override
  public List<Sample> sample() throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (int id = 0; id < processes.size(); id++) {
      requireAlive(id);
      ProcessHandle process = processes.get(id).toHandle();
      String metrics = get(id, "/metrics");
      samples.add(
          new Sample(
              id,
              Usage.cpuNanos(process),
              Usage.residentBytes(process),
              metric(metrics, "lockstep_delivered_instances_total"),
              metric(metrics, "lockstep_delivered_requests_total"),
              metric(metrics, "lockstep_regency")));
    }
    return samples;
  }

  private static long metric(String metrics, String name) throws IOException {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> (long) Double.parseDouble(line.substring(name.length() + 1).strip()))
        .findFirst()
        .orElseThrow(() -> new IOException("a replica has no metric " + name));
  }

  // ---- end ----------------------------------------------------------------------------------

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The virtual machine is ending, and the hook does the rest.
      return;
    }
    end();
  }

  private void end() {
    processes.forEach(Process::destroyForcibly);
    try {
      for (Process process : processes) {
        process.waitFor(10, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
