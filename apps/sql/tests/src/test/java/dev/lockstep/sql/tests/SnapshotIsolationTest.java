package dev.lockstep.sql.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.bench.Bank;
import dev.lockstep.sql.bench.ConsistencyOptions;
import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.bench.ListAppend;
import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.history.SnapshotChecker;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import dev.lockstep.sql.history.SnapshotChecker.Verdict;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Replicas that are all correct, and many transactions at a time. */
@Tag("slow")
@Timeout(240)
class SnapshotIsolationTest {
  private static final ConsistencyOptions OPTIONS = new ConsistencyOptions(6, 500, 1);

  private static Database database(SqlVariant variant) {
    return Database.of(Clusters.sharedUrl(variant));
  }

  @ParameterizedTest
  @EnumSource
  void lists(SqlVariant variant) throws Exception {
    Verdict verdict =
        SnapshotChecker.check(ListAppend.run(database(variant), OPTIONS), Freshness.REAL_TIME);
    assertThat(verdict.anomalies()).isEmpty();
    assertThat(verdict.committed()).isGreaterThan(100);
    assertThat(verdict.unknown()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void bank(SqlVariant variant) throws Exception {
    Bank.Report report = Bank.run(database(variant), OPTIONS);
    assertThat(report.anomalies()).isEmpty();
    assertThat(report.history().calls()).hasSize(500);
  }
}
