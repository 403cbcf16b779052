package dev.lockstep.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.benchmarks.BenchOptions.Connections;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {
  @TempDir private Path folder;

  private Optional<String> check(String... lines) throws IOException {
    return HistoryChecker.check(Files.write(folder.resolve("history"), Arrays.asList(lines)));
  }

  private static String line(int process, String type, String f, String value, int time) {
    return "{\"process\":%d,\"type\":\"%s\",\"f\":\"%s\",\"key\":\"k\",\"value\":%s,\"time\":%d}"
        .formatted(process, type, f, value, time);
  }

  @Test
  void whatClientsOfAClusterSawIsLinearizableAndACorruptedHistoryIsNot() throws IOException {
    Path file = folder.resolve("recorded");
    BenchOptions options =
        new BenchOptions(
            new BenchOptions.Group(4, 1, View.Mode.BYZANTINE, false, true, Durability.MEMORY, true),
            new BenchOptions.Load(0, 0, 10, Connections.SHARED, 1, 0, false),
            0,
            1);
    HistoryRun run = HistoryRun.record(options, file, progress -> {});
    assertThat(run.violation()).isEmpty();
    assertThat(run.failures()).isEmpty();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize((int) (2 * run.operations()));
    assertThat(run.operations()).isGreaterThan(20);

    // One read from the middle on saw a value that nobody had written yet.
    List<String> corrupted = new ArrayList<>(lines);
    int victim = lines.size() / 2;
    while (!lines.get(victim).matches(".*\"type\":\"ok\",\"f\":\"read\".*")) {
      victim++;
    }
    corrupted.set(
        victim, lines.get(victim).replaceFirst("\"value\":(null|\\d+)", "\"value\":987654321"));
    assertThat(check(corrupted.toArray(String[]::new))).isPresent();
  }

  @Test
  void aReadOfAnOverwrittenValueIsRefused() throws IOException {
    assertThat(
            check(
                line(0, "invoke", "write", "1", 0),
                line(0, "ok", "write", "1", 1),
                line(0, "invoke", "write", "2", 2),
                line(0, "ok", "write", "2", 3),
                line(1, "invoke", "read", "null", 4),
                line(1, "ok", "read", "1", 5)))
        .hasValueSatisfying(why -> assertThat(why).contains("key k").contains("not linearizable"));
  }

  @Test
  void aWriteOfUnknownOutcomeMayShowAtAnyTimeButAFailedOneNever() throws IOException {
    assertThat(
            check(
                line(0, "invoke", "write", "1", 0),
                line(0, "info", "write", "1", 1),
                line(1, "invoke", "read", "null", 2),
                line(1, "ok", "read", "null", 3),
                line(1, "invoke", "read", "null", 4),
                line(1, "ok", "read", "1", 5)))
        .isEmpty();
    assertThat(
            check(
                line(0, "invoke", "write", "1", 0),
                line(0, "fail", "write", "1", 1),
                line(1, "invoke", "read", "null", 2),
                line(1, "ok", "read", "1", 3)))
        .isPresent();
  }

  @Test
  void aMismatchTellsThatTheValueWasAnother() throws IOException {
    String mismatch = line(0, "fail", "cas", "[1,2]", 3).replace("}", ",\"error\":\"mismatch\"}");
    assertThat(
            check(
                line(0, "invoke", "write", "1", 0),
                line(0, "ok", "write", "1", 1),
                line(0, "invoke", "cas", "[1,2]", 2),
                mismatch))
        .isPresent();
    assertThat(
            check(
                line(0, "invoke", "write", "1", 0),
                line(0, "ok", "write", "1", 1),
                line(0, "invoke", "cas", "[1,2]", 2),
                line(0, "ok", "cas", "[1,2]", 3),
                line(0, "invoke", "read", "null", 4),
                line(0, "ok", "read", "2", 5)))
        .isEmpty();
  }

  @Test
  void whatIsNoHistoryIsRefused() {
    assertThatThrownBy(() -> check(line(0, "ok", "read", "1", 0)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 1 of")
        .hasMessageContaining("no such call under way");
    assertThatThrownBy(
            () -> check(line(0, "invoke", "read", "null", 5), line(1, "invoke", "read", "null", 4)))
        .hasMessageContaining("line 2 of")
        .hasMessageContaining("before that of the line above");
    assertThatThrownBy(() -> check("nonsense")).hasMessageContaining("line 1 of");
  }
}
