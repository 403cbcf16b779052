package dev.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TortureCommandTest {
  private static void survives(String... options) throws Exception {
    StringWriter out = new StringWriter();
    int code = Main.commandLine().setOut(new PrintWriter(out, true)).execute(options);
    assertThat(code).as(out.toString()).isZero();
    JsonNode result = new ObjectMapper().readTree(out.toString());
    assertThat(result.path("ok").asBoolean()).isTrue();
    assertThat(result.path("acknowledged_appends").asLong()).isPositive();
  }

  @Test
  @Timeout(240)
  void nothingIsLostWhenAllAreKilled() throws Exception {
    survives("torture", "--kill-all", "--rounds", "2", "--json");
  }

  @Test
  @Tag("slow")
  @Timeout(1200)
  void norWithDamagedDisks() throws Exception {
    survives("torture", "--kill-all", "--rounds", "10", "--wipe-one", "--flip-bytes", "--json");
  }
}
