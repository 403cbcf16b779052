package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private void refused(String sentence, String... args) {
    err.getBuffer().setLength(0);
    assertThat(run(args)).isEqualTo(2);
    assertThat(err.toString()).startsWith("lockstep: " + sentence).hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void badOptionsAreRefusedInOneSentence() {
    refused("--faults is 2 but 4 replicas", "bench", "--faults", "2");
    refused("Invalid value for option '--reply'", "bench", "--reply", "lots");
    refused("--processes is 3 but must be 1, or 5", "bench", "--processes", "3");
    refused("--rate is 0 but must be at least 1", "bench", "--rate", "0");
    refused("--sign needs --mode bft", "bench", "--mode", "cft", "--sign");
  }

  @Test
  void replicasRunAsProcessesAndNothingIsLeft() throws IOException {
    List<Path> before = directories();
    int exit =
        run(
            "bench",
            "--replicas",
            "1",
            "--clients",
            "2",
            "--warmup",
            "0",
            "--seconds",
            "1",
            "--no-tls",
            "--json");
    assertThat(err.toString()).isEmpty();
    assertThat(exit).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("operations").asLong()).isPositive();
    assertThat(json.path("processes").asInt()).isEqualTo(2);
    assertThat(json.path("resident_mb").path("replica-0").asLong()).isPositive();
    assertThat(json.path("authenticated").asText()).contains("no TLS");
    assertThat(directories()).isEqualTo(before);
  }

  private static List<Path> directories() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(each -> each.getFileName().toString().startsWith("lockstep-bench-"))
          .sorted()
          .toList();
    }
  }
}
