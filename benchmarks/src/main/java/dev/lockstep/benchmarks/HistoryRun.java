package dev.lockstep.benchmarks;

import dev.lockstep.services.kv.KeyValueService;
import dev.lockstep.services.kv.KeyValueStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * Records what clients of a key-value store ask and are answered, and judges it.
 *
 * @param file what was recorded
 * @param operations that had a result
 * @param failures that had none, by what is known of them
 * @param violation why the history is not linearizable; empty if it is
 */
public record HistoryRun(
    Path file, long operations, Map<String, Long> failures, Optional<String> violation) {

  /**
   * Makes a cluster, records, removes the cluster, and judges.
   *
   * @param options whose operations are not used: clients read, write, and compare and set keys
   * @param file is overwritten
   * @param progress told once a second
   * @throws IOException if the cluster cannot be started, a replica dies, or the file cannot be
   *     written
   */
  public static HistoryRun record(
      BenchOptions options, Path file, Consumer<Benchmark.Progress> progress) throws IOException {
    Meter meter = new Meter();
    long operations;
    try (HistoryWriter history = new HistoryWriter(file);
        BenchCluster cluster =
            Benchmark.cluster(options, KeyValueService.class, KeyValueService::new);
        Clients clients = new Clients(cluster, options.load(), options.load().clients())) {
      clients.connect(invoker -> new KeyValueStore(invoker).deleteAsync(new byte[0]));
      HistoryWorkload workload = new HistoryWorkload(clients, history, meter);
      workload.start();
      Histogram latencies = Benchmark.watch(meter, false, options.seconds(), progress);
      workload.stop();
      latencies.add(meter.take());
      operations = latencies.getTotalCount();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return new HistoryRun(file, operations, meter.failures(), HistoryChecker.check(file));
  }

  /** The same with names, for scripts. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("history", file.toString());
    map.put("operations", operations);
    map.put("failures", failures);
    map.put("linearizable", violation.isEmpty());
    violation.ifPresent(why -> map.put("violation", why));
    return map;
  }

  /** The same for people. */
  public String toText() {
    return String.format(
        "%,d operations are in %s; failures: %s%n%s%n",
        operations,
        file,
        failures.isEmpty() ? "none" : failures,
        violation.map(why -> "NOT LINEARIZABLE: " + why).orElse("The history is linearizable."));
  }
}
