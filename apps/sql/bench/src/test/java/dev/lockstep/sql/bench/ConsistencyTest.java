package dev.lockstep.sql.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.history.Anomaly;
import dev.lockstep.sql.history.SnapshotChecker;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import dev.lockstep.sql.history.SnapshotChecker.Verdict;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The workloads on a plain engine, where its level of isolation makes what must be found. */
@Timeout(120)
class ConsistencyTest {
  private static final int PROCESSES = 8;
  private static final int ATTEMPTS_MAX = 50;

  private static Database h2(String name, int isolation) {
    return new Database("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1", "", "", isolation);
  }

  private static Verdict append(Database database, long seed) throws Exception {
    return SnapshotChecker.check(
        ListAppend.run(database, new ConsistencyOptions(PROCESSES, 1_000, seed)),
        Freshness.REAL_TIME);
  }

  private static List<Anomaly> bank(Database database, long seed) throws Exception {
    return Bank.run(database, new ConsistencyOptions(PROCESSES, 1_000, seed)).anomalies();
  }

  @Test
  void listsOnSnapshots() throws Exception {
    Verdict verdict = append(h2("listsSnapshot", Connection.TRANSACTION_REPEATABLE_READ), 1);
    assertThat(verdict.anomalies()).isEmpty();
    assertThat(verdict.committed()).isGreaterThan(100);
    assertThat(verdict.unread()).isZero();
  }

  @Test
  void bankOnSnapshots() throws Exception {
    assertThat(bank(h2("bankSnapshot", Connection.TRANSACTION_REPEATABLE_READ), 1)).isEmpty();
  }

  @Test
  void listsWithoutSnapshotsAreFound() throws Exception {
    Database database = h2("listsCommitted", Connection.TRANSACTION_READ_COMMITTED);
    for (int seed = 0; seed < ATTEMPTS_MAX; seed++) {
      if (!append(database, seed).isValid()) {
        return;
      }
    }
    throw new AssertionError("Nothing was found in " + ATTEMPTS_MAX + " runs");
  }

  @Test
  void aBankWithoutSnapshotsIsFound() throws Exception {
    Database database = h2("bankCommitted", Connection.TRANSACTION_READ_COMMITTED);
    for (int seed = 0; seed < ATTEMPTS_MAX; seed++) {
      if (!bank(database, seed).isEmpty()) {
        return;
      }
    }
    throw new AssertionError("Nothing was found in " + ATTEMPTS_MAX + " runs");
  }
}
