package dev.lockstep.benchmarks;

import dev.lockstep.api.Service;
import dev.lockstep.services.echo.EchoService;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/** Runs the papers' micro-benchmark once: replicas, clients, warm-up, measurement. */
public final class Benchmark {
  private Benchmark() {}

  /**
   * What the last second was like.
   *
   * @param warmup whether nothing is measured yet
   * @param second of this phase, from 1
   * @param of the length of this phase
   */
  public record Progress(
      boolean warmup, int second, int of, double throughput, double p50Millis, double p99Millis) {}

  /** What the run had used when it was looked at. */
  private record Moment(long nanos, long cpuNanos, List<BenchCluster.Sample> replicas) {}

  /**
   * Makes a cluster, loads it, and removes it.
   *
   * @param progress told once a second
   * @throws IOException if the cluster cannot be started, or a replica dies
   */
  public static BenchResult run(BenchOptions options, Consumer<Progress> progress)
      throws IOException {
    try (BenchCluster cluster = cluster(options, EchoService.class, EchoService::new)) {
      return measure(cluster, options, progress);
    }
  }

  /** Loads a cluster that runs already, with the echo service and room for the load. */
  static BenchResult measure(
      BenchCluster cluster, BenchOptions options, Consumer<Progress> progress) throws IOException {
    BenchOptions.Load load = options.load();
    int mostCalls = load.rate() > 0 ? OpenLoop.MOST_CALLS : load.clients() * load.inFlight();
    try (Clients clients = new Clients(cluster, load, mostCalls)) {
      clients.connect(invoker -> invoker.invokeOrderedAsync(EchoService.request(0, 0)));
      byte[] operation = EchoService.request(load.requestBytes(), load.replyBytes());
      Meter meter = new Meter();
      LoadGenerator generator =
          load.rate() > 0
              ? new OpenLoop(clients, load, operation, meter)
              : new ClosedLoop(clients, load, operation, meter);
      generator.start();
      watch(meter, true, options.warmupSeconds(), progress);
      Map<String, Long> failedBefore = meter.failures();
      Moment begin = moment(cluster);
      meter.take();
      long beginNanos = System.nanoTime();
      Histogram latencies = watch(meter, false, options.seconds(), progress);
      latencies.add(meter.take());
      double seconds = (System.nanoTime() - beginNanos) / 1e9;
      Moment end = moment(cluster);
      int unfinished = generator.stop();
      Map<String, Long> failed = new TreeMap<>(meter.failures());
      failedBefore.forEach((why, count) -> failed.merge(why, -count, Long::sum));
      failed.values().removeIf(count -> count == 0);
      return new BenchResult(
          options,
          seconds,
          latencies,
          failed,
          unfinished,
          end.cpuNanos - begin.cpuNanos,
          begin.replicas,
          end.replicas);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  static <S extends Service> BenchCluster cluster(
      BenchOptions options, Class<S> service, Supplier<S> constructor) throws IOException {
    return options.group().oneProcess()
        ? new EmbeddedCluster(options, constructor)
        : new ReplicaProcesses(options, service);
  }

  private static Moment moment(BenchCluster cluster) throws IOException {
    List<BenchCluster.Sample> replicas = cluster.sample();
    return new Moment(System.nanoTime(), Usage.cpuNanos(ProcessHandle.current()), replicas);
  }

  /** Lets time pass, and returns the latencies of all but the part of a second that remains. */
  static Histogram watch(Meter meter, boolean warmup, int seconds, Consumer<Progress> progress)
      throws InterruptedException {
    Histogram all = Meter.histogram();
    long begin = System.nanoTime();
    long last = begin;
    for (int second = 1; second <= seconds; second++) {
      long until = begin + TimeUnit.SECONDS.toNanos(second);
      TimeUnit.NANOSECONDS.sleep(until - System.nanoTime());
      Histogram latest = meter.take();
      long now = System.nanoTime();
      all.add(latest);
      progress.accept(
          new Progress(
              warmup,
              second,
              seconds,
              latest.getTotalCount() * 1e9 / (now - last),
              latest.getValueAtPercentile(50) / 1e6,
              latest.getValueAtPercentile(99) / 1e6));
      last = now;
    }
    return all;
  }
}
