package dev.lockstep.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.benchmarks.BenchOptions.Connections;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchmarkTest {
  private final List<Benchmark.Progress> progress = new ArrayList<>();

  private BenchResult run(View.Mode mode, int replicas, BenchOptions.Load load) throws IOException {
    BenchOptions.Group group =
        new BenchOptions.Group(replicas, 1, mode, false, true, Durability.MEMORY, true);
    return Benchmark.run(new BenchOptions(group, load, 1, 1), progress::add);
  }

  @Test
  void aClosedLoopIsMeasured() throws IOException {
    BenchResult result =
        run(
            View.Mode.BYZANTINE,
            4,
            new BenchOptions.Load(100, 50, 4, Connections.SHARED, 2, 0, false));

    assertThat(result.failures()).isEmpty();
    assertThat(result.unfinished()).isZero();
    assertThat(result.operations()).isPositive();
    assertThat(result.seconds()).isBetween(1.0, 10.0);
    assertThat(result.batch()).isBetween(1.0, 8.0);
    assertThat(result.percentileMillis(50)).isPositive();
    assertThat(result.percentileMillis(99)).isGreaterThanOrEqualTo(result.percentileMillis(50));
    assertThat(result.cpu()).isPositive();
    assertThat(progress).hasSize(2);
    assertThat(result.toMap())
        .containsEntry("mode", "bft")
        .containsEntry("processes", 1)
        .containsEntry("operations", result.operations());
    assertThat(result.toText()).contains("throughput").contains("authenticated").contains("TLS");
  }

  @Test
  void anOpenLoopKeepsItsRateWhateverTheLatency() throws IOException {
    BenchResult result =
        run(View.Mode.CRASH, 3, new BenchOptions.Load(0, 0, 3, Connections.OWN, 1, 200, true));

    assertThat(result.failures()).isEmpty();
    assertThat(result.unfinished()).isZero();
    assertThat(result.throughput()).isBetween(100.0, 300.0);
  }
}
