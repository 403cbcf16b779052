package dev.lockstep.cli;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.Durability;
import dev.lockstep.services.map.MapListService;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.workload.MapWorkload;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * All replicas of a durable cluster killed at a random moment under load, again and again; after
 * each time everything that was acknowledged must be there.
 *
 * @param folder for the cluster's files; empty or not there yet
 * @param rounds how often
 * @param wipeOne one replica's disk is emptied each time
 * @param flipBytes some bytes are changed in the files of one replica each time
 * @param seed of what is chosen at random
 */
record Torture(Path folder, int rounds, boolean wipeOne, boolean flipBytes, long seed) {
  private static final int CLIENTS = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final int LEAST_MILLIS = 300;
  private static final int MOST_MILLIS = 2500;
  private static final int FLIPPED_MOST = 8;

  /**
   * How one round went.
   *
   * @param operations completed by clients in the round
   * @param acknowledged appends of the round
   * @param backMillis from the start of the processes until all replicas took part again
   */
  record Round(
      int round,
      int operations,
      long acknowledged,
      long backMillis,
      String damage,
      Optional<String> problem) {}

  /** Plays all rounds, or until one goes wrong. */
  List<Round> run(Consumer<Round> each) throws IOException, InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    List<Round> played = new ArrayList<>();
    try (ProcessCluster cluster =
        ProcessCluster.builder(folder, MapListService.class)
            .durability(Durability.DURABLE)
            .javaOptions(
                "-Xmx512m",
                "-XX:+UseSerialGC",
                // They live for seconds: what the second compiler makes of them comes too late.
                "-XX:TieredStopAtLevel=1",
                "-DLOCKSTEP_LOG=INFO",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=info")
            .start()) {
      List<ServiceProxy> proxies = Stream.generate(cluster::newClient).limit(CLIENTS).toList();
      ServiceProxy reader = cluster.newClient();
      List<MapWorkload> earlier = new ArrayList<>();
      for (int number = 1; number <= rounds; number++) {
        MapWorkload load = new MapWorkload("round-" + number, proxies);
        Round round = play(number, cluster, load, reader, earlier, random);
        played.add(round);
        each.accept(round);
        if (round.problem.isPresent()) {
          return played;
        }
        earlier.add(load);
      }
    }
    return played;
  }

  private Round play(
      int number,
      ProcessCluster cluster,
      MapWorkload load,
      ServiceProxy reader,
      List<MapWorkload> earlier,
      SplittableRandom random)
      throws IOException, InterruptedException {
    try (MapWorkload running = load.start()) {
      TimeUnit.MILLISECONDS.sleep(random.nextInt(LEAST_MILLIS, MOST_MILLIS));
      cluster.killAll();
      String damage = damage(cluster, random);
      long started = System.nanoTime();
      for (int id : shuffled(cluster.size(), random)) {
        cluster.start(id);
      }
      long back = 0;
      Optional<String> problem = Optional.empty();
      try {
        for (int id = 0; id < cluster.size(); id++) {
          cluster.awaitHealthy(id, PATIENCE);
        }
        back = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        for (int id = 0; id < cluster.size(); id++) {
          cluster.awaitCaughtUp(id, PATIENCE);
        }
      } catch (IOException e) {
        problem = Optional.of(e.getMessage());
      }
      running.stop();
      if (problem.isEmpty()) {
        problem = running.verdict(reader);
      }
      // The round before again, and in the last round all of them.
      int from = number == rounds ? 0 : Math.max(0, earlier.size() - 1);
      for (int i = from; i < earlier.size() && problem.isEmpty(); i++) {
        problem = earlier.get(i).loss(reader);
      }
      return new Round(
          number, running.completions().count(), running.acknowledged(), back, damage, problem);
    }
  }

  private static List<Integer> shuffled(int size, SplittableRandom random) {
    List<Integer> ids = new ArrayList<>();
    for (int id = 0; id < size; id++) {
      ids.add(id);
    }
    Collections.shuffle(ids, new java.util.Random(random.nextLong()));
    return ids;
  }

  private String damage(ProcessCluster cluster, SplittableRandom random) throws IOException {
    if (!wipeOne && !flipBytes) {
      return "none";
    }
    int victim = random.nextInt(cluster.size());
    // One replica may fail in any way, so only one is damaged, in one way.
    if (wipeOne && (!flipBytes || random.nextBoolean())) {
      cluster.wipe(victim);
      return "replica " + victim + " wiped";
    }
    return flip(cluster.directory().replica(victim).resolve("data"), random)
        + " of replica "
        + victim;
  }

  private static String flip(Path data, SplittableRandom random) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(data)) {
      for (Path file : all.sorted().toList()) {
        // What was set aside as damaged is read by nobody any more.
        if (Files.isRegularFile(file)
            && Files.size(file) > 0
            && !file.toString().endsWith(".damaged")) {
          files.add(file);
        }
      }
    }
    Path file = files.get(random.nextInt(files.size()));
    int count = 1 + random.nextInt(FLIPPED_MOST);
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      for (int i = 0; i < count; i++) {
        long at = random.nextLong(bytes.length());
        bytes.seek(at);
        int old = bytes.read();
        bytes.seek(at);
        bytes.write(old ^ (1 + random.nextInt(255)));
      }
    }
    return count + " bytes changed in " + data.relativize(file);
  }
}
