package dev.lockstep.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.services.map.MapListService;
import dev.lockstep.testkit.process.ProcessCluster;
import dev.lockstep.testkit.workload.MapWorkload;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** What the tests here have in common. */
final class Clusters {
  /** Generous: the tests run beside other work on small machines. */
  static final Duration PATIENCE = Duration.ofSeconds(40);

  private Clusters() {}

  /** Without the second compiler, which would be at work for as long as most tests take. */
  static ProcessCluster.Builder map(java.nio.file.Path folder) {
    return ProcessCluster.builder(folder.resolve("cluster"), MapListService.class)
        .javaOptions(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info");
  }

  /** Clients of their own identity each, under load. */
  static MapWorkload load(String name, ProcessCluster cluster, int clients) {
    List<ServiceProxy> proxies = Stream.generate(cluster::newClient).limit(clients).toList();
    return new MapWorkload(name, proxies).start();
  }

  /** Waits until so many more operations have been completed. */
  static void awaitOperations(MapWorkload load, int more) {
    int target = load.completions().count() + more;
    await("more operations", () -> load.completions().count() >= target);
  }

  /** Waits until something holds. */
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited in vain for " + what).isLessThan(deadline);
      try {
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
  }

  /** Ends the load and judges everything that its clients saw. */
  static void judge(MapWorkload load, ProcessCluster cluster) throws InterruptedException {
    load.stop();
    assertThat(load.verdict(cluster.newClient()))
        .as(() -> "verdict; logs:\n" + cluster.logs())
        .isEmpty();
  }

  /** Prints a figure where a reader of the build's output finds it. */
  static void report(String format, Object... values) {
    System.out.printf("[measured] " + format + "%n", values);
  }
}
