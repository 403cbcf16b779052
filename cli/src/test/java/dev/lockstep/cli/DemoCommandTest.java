package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(300)
class DemoCommandTest {
  @TempDir Path folder;

  @Test
  void everythingHolds() throws Exception {
    Path svg = folder.resolve("chart.svg");
    StringWriter out = new StringWriter();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .execute("demo", "--json", "--svg", svg.toString());
    JsonNode result = new ObjectMapper().readTree(out.toString());
    assertThat(code).as(out.toString()).isZero();
    assertThat(result.path("ok").asBoolean()).isTrue();
    assertThat(result.path("linearizable_and_nothing_lost").asBoolean()).isTrue();
    assertThat(result.path("gap_ms").asLong()).isPositive();
    assertThat(result.path("events")).hasSize(6);
    assertThat(Files.readString(svg)).startsWith("<svg");
  }
}
