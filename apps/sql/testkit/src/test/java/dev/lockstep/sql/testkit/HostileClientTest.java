package dev.lockstep.sql.testkit;

import static dev.lockstep.sql.testkit.SessionContract.assertState;
import static dev.lockstep.sql.testkit.SessionContract.run;
import static dev.lockstep.sql.testkit.SessionContract.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlClientSettings;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.client.SqlVariant;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client sends what no good one sends. Databases of correct replicas must outlive it. */
@Timeout(180)
class HostileClientTest {
  private LocalSqlCluster cluster;
  private SqlSession session;

  @BeforeEach
  void start() throws SQLException {
    cluster = LocalSqlCluster.start();
    SqlClient client =
        cluster.newClient(new SqlClientSettings(SqlVariant.OPTIMISED, 60_000, 60_000, 16));
    session = client.openSession();
    run(session, "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    run(session, "INSERT INTO t VALUES (1, 10), (2, 20)");
  }

  @AfterEach
  void end() {
    cluster.close();
  }

  private void assertAllLive() throws SQLException {
    session.rollback();
    session.setAutoCommit(true);
    session.setSchema(null);
    assertThat(value(session, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    run(session, "UPDATE t SET v = 20 WHERE id = 2");
    assertThat(LocalSqlCluster.compareAll(cluster.client()).isEqual()).isTrue();
    assertThat(cluster.endings()).isEmpty();
  }

  @Test
  void aSchemaThatIsNotThereIsRefused() throws SQLException {
    for (String schema : List.of("NOWHERE", "no\"where", "INFORMATION_SCHEMA")) {
      session.setSchema(schema);
      assertState("3F000", () -> run(session, "SELECT 1"));
      assertState("3F000", () -> run(session, "INSERT INTO t VALUES (3, 30)"));
      assertState("3F000", () -> run(session, "CREATE TABLE u (id INT)"));
      session.setAutoCommit(false);
      assertState("3F000", () -> run(session, "INSERT INTO t VALUES (3, 30)"));
      session.setAutoCommit(true);
    }
    assertAllLive();
  }

  @Test
  void aStatementTooDeepForAnEngineIsRefused() throws SQLException {
    for (String expression :
        List.of(
            "(".repeat(2_000) + "1" + ")".repeat(2_000),
            "1" + "+1".repeat(10_000),
            "v = 1" + " OR v = 1".repeat(6_000),
            "- ".repeat(10_000) + "1",
            "CASE WHEN 1 = 1 THEN ".repeat(2_000) + "1" + " END".repeat(2_000))) {
      assertState("54001", () -> run(session, "SELECT " + expression));
      assertState("54001", () -> run(session, "UPDATE t SET v = 1 WHERE 1 = " + expression));
      assertState("54001", () -> run(session, "CREATE TABLE u AS SELECT " + expression + " AS a"));
    }
    assertAllLive();
  }

  /** All steps are sent again at once to the next master. */
  @Tag("slow")
  @Test
  void aTransactionOfManyStepsOutlivesItsMaster() throws SQLException {
    session.setAutoCommit(false);
    for (int i = 0; i < 3_000; i++) {
      run(session, "INSERT INTO t VALUES (?, 0)", 10 + i);
    }
    cluster.kill(0);
    run(session, "INSERT INTO t VALUES (3, 30)");
    session.commit();
    assertThat(value(session, "SELECT COUNT(*) FROM t")).isEqualTo(3_003L);
  }
}
