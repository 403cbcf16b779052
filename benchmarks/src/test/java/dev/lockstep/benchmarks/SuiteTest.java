package dev.lockstep.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.config.Durability;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class SuiteTest {
  /** Results of all runs, as made up as can be: as fast as there are calls in flight. */
  private static List<BenchResult> results() {
    List<BenchResult> results = new ArrayList<>();
    for (Suite.Part part : Suite.parts(1, Durability.MEMORY, false)) {
      for (BenchOptions.Load load : part.loads()) {
        Histogram latencies = Meter.histogram();
        latencies.recordValueWithCount(2_000_000, 100L * load.clients() * load.inFlight());
        BenchCluster.Sample begin = new BenchCluster.Sample(0, 0, 0, 0, 0, 0);
        BenchCluster.Sample end = new BenchCluster.Sample(0, 1_000_000_000, 300 << 20, 10, 1000, 0);
        results.add(
            new BenchResult(
                new BenchOptions(part.group(), load, 0, 1),
                1,
                latencies,
                Map.of(),
                0,
                500_000_000,
                List.of(begin),
                List.of(end)));
      }
    }
    return results;
  }

  @Test
  void allRunsOfAPartHaveRoomInItsCluster() {
    for (Suite.Part part : Suite.parts(1, Durability.MEMORY, false)) {
      BenchOptions first = new BenchOptions(part.group(), part.loads().get(0), 0, 1);
      for (BenchOptions.Load load : part.loads()) {
        assertThat(new BenchOptions(part.group(), load, 0, 1).limits()).isEqualTo(first.limits());
      }
    }
  }

  @Test
  void theTableHasARowForEachRunAndSaysWhatIsAuthenticated() {
    List<BenchResult> results = results();
    String table = SuiteReport.table(results);
    assertThat(table.lines().filter(line -> line.matches("\\| \\d.*"))).hasSize(results.size());
    assertThat(table)
        .contains("Byzantine, 4 replicas, f = 1. Authenticated: all connections")
        .contains("Crash, 3 replicas, f = 1.")
        .contains("nothing on the wire: no TLS")
        .contains("votes and requests are signed")
        .contains(
            "| 1024/1024 | 200 x 5 in flight | shared | 100,000 | 2.00 | 2.00 | 0.0150 | 100.0 | 300"
                + " |");
  }

  @Test
  void thePlotIsSvgWithALineForEachPayloadAndMode() throws Exception {
    byte[] svg = SuiteReport.plot(results()).getBytes(StandardCharsets.UTF_8);
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg));
    assertThat(document.getDocumentElement().getTagName()).isEqualTo("svg");
    assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(2 * 4 * 4);
    assertThat(new String(svg, StandardCharsets.UTF_8))
        .contains("Byzantine 0/0")
        .contains("crash 4096/4096")
        .doesNotContain("NaN")
        .doesNotContain("Infinity");
  }
}
