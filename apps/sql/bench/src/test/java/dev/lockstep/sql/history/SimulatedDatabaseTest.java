package dev.lockstep.sql.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.history.SimulatedDatabase.Defect;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import dev.lockstep.sql.history.SnapshotChecker.Verdict;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checker against executions of which it is known how they came about. */
class SimulatedDatabaseTest {
  private static final int PROCESSES = 8;
  private static final int STEPS = 1500;

  @Test
  void snapshotIsolationIsValid() {
    for (int seed = 0; seed < 40; seed++) {
      History history = new SimulatedDatabase(seed, Defect.NONE).run(PROCESSES, STEPS);
      Verdict verdict = SnapshotChecker.check(history, Freshness.REAL_TIME);
      assertThat(verdict.anomalies()).as("seed " + seed).isEmpty();
      assertThat(verdict.failed()).isPositive();
      assertThat(verdict.committed()).isGreaterThan(100);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Defect.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void everyDefectIsFound(Defect defect) {
    for (int seed = 0; seed < 8; seed++) {
      History history = new SimulatedDatabase(seed, defect).run(PROCESSES, STEPS);
      assertThat(SnapshotChecker.check(history, Freshness.REAL_TIME).anomalies())
          .as("seed " + seed)
          .isNotEmpty();
    }
  }

  @Test
  void longHistoriesAreJudgedToo() {
    History history = new SimulatedDatabase(7, Defect.NONE).run(20, 20_000);
    Verdict verdict = SnapshotChecker.check(history, Freshness.REAL_TIME);
    assertThat(verdict.anomalies()).isEmpty();
    assertThat(verdict.committed()).isGreaterThan(1000);
  }

  @Test
  void aFileGivesTheSameHistory(@TempDir Path directory) throws Exception {
    History history = new SimulatedDatabase(3, Defect.NONE).run(PROCESSES, STEPS);
    Path file = directory.resolve("history.json");
    HistoryFile.write(history, file);
    assertThat(HistoryFile.read(file).events()).isEqualTo(history.events());
  }
}
