package dev.lockstep.sql.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
  @TempDir private Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("history.json"), text);
  }

  @Test
  void linesAreThoseOfJepsen() throws Exception {
    Path file = directory.resolve("history.json");
    HistoryFile.write(new Histories().ok(3, "r 1 5,6", "a 1 7").build(), file);
    assertThat(Files.readString(file))
        .isEqualTo(
            """
            [{"index":0,"process":3,"type":"invoke","f":"txn","value":[["r",1,null],["append",1,7]],"time":0},
            {"index":1,"process":3,"type":"ok","f":"txn","value":[["r",1,[5,6]],["append",1,7]],"time":1}]
            """);
  }

  @Test
  void theBankIsReadBack() throws Exception {
    Recorder recorder = new Recorder();
    recorder.note(0, Outcome.INVOKE, new Operation.Balances(null));
    recorder.note(0, Outcome.OK, Operation.Balances.of(Map.of(0, 5L, 1, 6L)));
    recorder.note(1, Outcome.INVOKE, new Operation.Transfer(9, 0, 1, 2));
    recorder.note(1, Outcome.INFO, new Operation.Transfer(9, 0, 1, 2));
    Path file = directory.resolve("history.json");
    HistoryFile.write(recorder.history(), file);
    assertThat(HistoryFile.read(file).events()).isEqualTo(recorder.history().events());
  }

  @Test
  void filesOfOthersAreRead() throws Exception {
    History history =
        HistoryFile.read(
            file(
                """
                [{"type":"info","f":"kill","process":"nemesis"},
                 {"index":5,"process":0,"type":"invoke","value":[["r",1,null]]},
                 {"index":6,"process":0,"type":"ok","value":[["r",1,null]]}]
                """));
    assertThat(history.calls()).hasSize(1);
  }

  @Test
  void whatIsNoHistorySaysWhy() throws Exception {
    for (Map.Entry<String, String> bad :
        Map.of(
                "{}",
                "it is no JSON array",
                "[{\"process\":0,\"type\":\"ok\",\"f\":\"txn\",\"value\":[]}]",
                "Event 0 of the history ends what its process has not begun",
                "[{\"process\":0,\"type\":\"odd\"}]",
                "event 0 has no known type",
                "[{\"process\":0,\"type\":\"invoke\",\"value\":[[\"x\",1,2]]}]",
                "a step of event 0 is neither 'append' nor 'r'",
                "[{\"process\":0",
                "Unexpected end-of-input")
            .entrySet()) {
      Path file = file(bad.getKey());
      assertThatThrownBy(() -> HistoryFile.read(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(bad.getValue());
    }
  }
}
