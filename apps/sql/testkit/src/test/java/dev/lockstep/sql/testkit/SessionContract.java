package dev.lockstep.sql.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.sql.client.SqlClientSettings;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.server.engine.Dialect;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What sessions do, in both variants, on replicas that are all correct. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SessionContract {
  private LocalSqlCluster cluster;
  private dev.lockstep.sql.client.SqlClient client;
  private SqlSession one;
  private SqlSession two;

  abstract SqlVariant variant();

  /** The cluster to work on. */
  LocalSqlCluster newCluster() {
    return LocalSqlCluster.start();
  }

  /** The database under the replicas. */
  Dialect dialect() {
    return Dialect.H2;
  }

  @BeforeAll
  void start() {
    cluster = newCluster();
    client = cluster.newClient(SqlClientSettings.defaults().with(variant()));
  }

  @AfterAll
  void end() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void open() throws SQLException {
    one = client.openSession();
    two = client.openSession();
    run(one, "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    run(one, "INSERT INTO t VALUES (1, 10), (2, 20)");
  }

  @AfterEach
  void closeAndCompare() throws SQLException {
    one.close();
    two.close();
    try (SqlSession last = client.openSession()) {
      assertThat(LocalSqlCluster.compareAll(client).isEqual()).isTrue();
      run(last, "DROP TABLE t");
    }
  }

  static SqlResult run(SqlSession in, String sql, Object... parameters) throws SQLException {
    return in.execute(SqlStatement.of(sql, parameters));
  }

  static Object value(SqlSession in, String sql, Object... parameters) throws SQLException {
    return run(in, sql, parameters).rowsOrNull().rows().get(0)[0];
  }

  static void assertState(
      String sqlState, org.assertj.core.api.ThrowableAssert.ThrowingCallable of) {
    assertThatThrownBy(of)
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).as("%s", e).isEqualTo(sqlState));
  }

  @Test
  void aTransactionIsSeenWhenItIsCommitted() throws SQLException {
    one.setAutoCommit(false);
    assertThat(run(one, "UPDATE t SET v = v + ? WHERE id = ?", 1, 1).updateCount()).isEqualTo(1);
    assertThat(value(one, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
    assertThat(value(two, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    one.commit();
    assertThat(value(two, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
  }

  @Test
  void aTransactionThatIsRolledBackIsNot() throws SQLException {
    one.setAutoCommit(false);
    run(one, "DELETE FROM t");
    one.rollback();
    assertThat(value(two, "SELECT COUNT(*) FROM t")).isEqualTo(2L);
  }

  @Test
  void ofTwoThatChangeARowTheSecondIsRolledBack() throws SQLException {
    one.setAutoCommit(false);
    two.setAutoCommit(false);
    run(two, "SELECT * FROM t");
    run(one, "UPDATE t SET v = 11 WHERE id = 1");
    one.commit();
    assertState("40001", () -> run(two, "UPDATE t SET v = 12 WHERE id = 1"));
    assertState("25P02", () -> run(two, "SELECT 1"));
    assertState("40001", two::commit);
    assertThat(value(two, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
  }

  @Test
  void writeSkewIsAllowed() throws SQLException {
    one.setAutoCommit(false);
    two.setAutoCommit(false);
    run(one, "SELECT SUM(v) FROM t");
    run(two, "SELECT SUM(v) FROM t");
    run(one, "UPDATE t SET v = 0 WHERE id = 1");
    run(two, "UPDATE t SET v = 0 WHERE id = 2");
    one.commit();
    two.commit();
    assertThat(value(one, "SELECT SUM(v) FROM t")).isEqualTo(0L);
  }

  @Test
  void theSnapshotIsThatOfTheBeginning() throws SQLException {
    one.setAutoCommit(false);
    run(one, "SELECT 1");
    run(two, "INSERT INTO t VALUES (3, 30)");
    assertThat(value(one, "SELECT COUNT(*) FROM t")).isEqualTo(2L);
    one.commit();
    assertThat(value(one, "SELECT COUNT(*) FROM t")).isEqualTo(3L);
  }

  @Test
  void whatIsOrderedAtOnceDoesNotWaitForLocks() throws SQLException {
    one.setAutoCommit(false);
    run(one, "UPDATE t SET v = 11 WHERE id = 1");
    run(two, "UPDATE t SET v = 12 WHERE id = 1");
    assertState("40001", one::commit);
    assertThat(value(two, "SELECT v FROM t WHERE id = 1")).isEqualTo(12);
  }

  @Test
  void theSchemaIsTheSessions() throws SQLException {
    run(one, "CREATE SCHEMA s");
    run(one, "SET SCHEMA s");
    run(one, "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    assertThat(value(one, "SELECT COUNT(*) FROM t")).isEqualTo(0L);
    one.setSchema(null);
    one.setAutoCommit(false);
    run(one, "UPDATE t SET v = 11 WHERE id = 1");
    run(one, "SET SCHEMA \"" + dialect().folded("s") + "\"");
    run(one, "INSERT INTO t VALUES (1, 77)");
    one.commit();
    assertThat(value(one, "SELECT v FROM t")).isEqualTo(77);
    one.setSchema(dialect().defaultSchema());
    assertThat(value(one, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
    one.commit();
    assertState("0A000", () -> run(one, "SET LOCK_TIMEOUT 5"));
    one.rollback();
    run(one, "DROP SCHEMA s CASCADE");
  }

  @Test
  void aFailureFailsTheTransaction() throws SQLException {
    one.setAutoCommit(false);
    run(one, "UPDATE t SET v = 11 WHERE id = 2");
    assertState("23505", () -> run(one, "INSERT INTO t VALUES (1, 0)"));
    assertState("25P02", () -> run(one, "SELECT 1"));
    assertState("25P02", one::commit);
    assertThat(value(one, "SELECT v FROM t WHERE id = 2")).isEqualTo(20);
  }

  @Test
  void aSavepointMendsIt() throws SQLException {
    one.setAutoCommit(false);
    run(one, "UPDATE t SET v = 21 WHERE id = 2");
    one.setSavepoint("s1");
    assertState("23505", () -> run(one, "INSERT INTO t VALUES (1, 0)"));
    one.rollbackTo("s1");
    run(one, "INSERT INTO t VALUES (3, 30)");
    one.commit();
    assertThat(value(two, "SELECT SUM(v) FROM t")).isEqualTo(61L);
  }

  @Test
  void readOnlyTransactionsReadOneSnapshotAndChangeNothing() throws SQLException {
    one.setReadOnly(true);
    one.setAutoCommit(false);
    assertThat(value(one, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    run(two, "UPDATE t SET v = 11 WHERE id = 1");
    assertThat(value(one, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    assertState("25006", () -> run(one, "UPDATE t SET v = 12 WHERE id = 1"));
    one.rollback();
    assertThat(value(one, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
  }

  @Test
  void identitiesAreTheSameOnAllReplicas() throws SQLException {
    run(one, "CREATE TABLE n (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a VARCHAR(9))");
    one.setAutoCommit(false);
    two.setAutoCommit(false);
    run(one, "INSERT INTO n (a) VALUES ('one')");
    SqlResult second =
        two.execute(
            new SqlStatement(
                "INSERT INTO n (a) VALUES ('two'), ('three')",
                List.of(),
                0,
                new SqlStatement.Keys(true, List.of(dialect().folded("id")))));
    assertThat(second.keysOrNull().rows()).hasSize(2);
    two.commit();
    one.commit();
    run(one, "INSERT INTO n VALUES (DEFAULT, 'four')");
    one.commit();
    assertThat(value(two, "SELECT COUNT(DISTINCT id) FROM n")).isEqualTo(4L);
    assertThat(LocalSqlCluster.compareAll(client).isEqual()).isTrue();
    two.rollback();
    run(two, "DROP TABLE n");
  }

  @Test
  void timeAndChanceAreTheSameOnAllReplicas() throws SQLException {
    run(
        one,
        "CREATE TABLE w (id INT PRIMARY KEY, at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, r DOUBLE"
            + " PRECISION, u UUID DEFAULT "
            + (dialect() == Dialect.H2 ? "RANDOM_UUID" : "GEN_RANDOM_UUID")
            + "())");
    run(one, "INSERT INTO w (id, r) VALUES (1, RANDOM())");
    one.setAutoCommit(false);
    run(one, "INSERT INTO w (id, r) VALUES (2, RANDOM())");
    run(one, "UPDATE w SET at = CURRENT_TIMESTAMP WHERE id = 1");
    one.commit();
    assertThat(LocalSqlCluster.compareAll(client).isEqual()).isTrue();
    assertThat(value(two, "SELECT COUNT(DISTINCT u) FROM w")).isEqualTo(2L);
    run(two, "DROP TABLE w");
  }

  @Test
  void aBatchIsOneTransactionWithAutoCommit() throws SQLException {
    assertThatThrownBy(
            () ->
                one.executeBatch(
                    List.of(
                        SqlStatement.of("INSERT INTO t VALUES (3, 30)"),
                        SqlStatement.of("INSERT INTO t VALUES (1, 30)"))))
        .isInstanceOfSatisfying(
            java.sql.BatchUpdateException.class,
            e -> assertThat(e.getLargeUpdateCounts()).containsExactly(1));
    assertThat(value(two, "SELECT COUNT(*) FROM t")).isEqualTo(2L);
  }

  @Test
  void aBatchWithinATransactionIsOneStep() throws SQLException {
    run(one, "CREATE TABLE n (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a VARCHAR(9))");
    AtomicInteger answers = new AtomicInteger();
    for (int replica = 0; replica < 4; replica++) {
      cluster.lie(
          replica,
          answer -> {
            answers.incrementAndGet();
            return answer;
          });
    }
    one.setAutoCommit(false);
    List<SqlStatement> inserts = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      inserts.add(
          new SqlStatement(
              "INSERT INTO n (a) VALUES (?)",
              List.of(SqlParameter.of("a" + i)),
              0,
              new SqlStatement.Keys(true, List.of(dialect().folded("id")))));
    }
    List<SqlResult> results = one.executeBatch(inserts);
    assertThat(results).hasSize(100);
    assertThat(results).allMatch(each -> each.updateCount() == 1);
    assertThat(results.stream().map(each -> each.keysOrNull().rows().get(0)[0]).distinct())
        .hasSize(100);
    assertThat(answers.get()).isLessThan(10);
    one.setSavepoint("s");
    assertThatThrownBy(
            () ->
                one.executeBatch(
                    List.of(
                        SqlStatement.of("UPDATE t SET v = 11 WHERE id = 1"),
                        SqlStatement.of("INSERT INTO t VALUES (1, 30)"),
                        SqlStatement.of("UPDATE t SET v = 12 WHERE id = 1"))))
        .isInstanceOfSatisfying(
            java.sql.BatchUpdateException.class,
            e -> {
              assertThat(e.getLargeUpdateCounts()).containsExactly(1);
              assertThat(e.getSQLState()).isEqualTo("23505");
            });
    assertState("25P02", () -> run(one, "SELECT 1"));
    one.rollbackTo("s");
    assertState("0A000", () -> one.executeBatch(List.of(SqlStatement.of("SELECT 1"))));
    one.rollbackTo("s");
    one.commit();
    assertThat(value(two, "SELECT COUNT(*) FROM n")).isEqualTo(100L);
    assertThat(value(two, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    run(two, "DROP TABLE n");
  }

  @Test
  void definitionsCommitWhatCameBeforeThem() throws SQLException {
    one.setAutoCommit(false);
    run(one, "UPDATE t SET v = 11 WHERE id = 1");
    run(one, "CREATE TABLE d (a INT)");
    assertThat(one.isInTransaction()).isFalse();
    assertThat(value(two, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
    assertState(
        dialect() == Dialect.H2 ? "42S01" : "42P07", () -> run(one, "CREATE TABLE d (a INT)"));
    run(one, "DROP TABLE d");
  }

  @Test
  void aTransactionOutlivesADefinition() throws SQLException {
    one.setAutoCommit(false);
    assertThat(run(one, "UPDATE t SET v = v + 1 WHERE id = 1").updateCount()).isEqualTo(1);
    one.setSavepoint("s");
    run(two, "CREATE TABLE d (a INT)");
    assertThat(value(one, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
    one.rollbackTo("s");
    run(two, "DROP TABLE d");
    one.commit();
    assertThat(value(two, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
  }

  @Test
  void aTransactionThatWouldNoticeADefinitionIsRolledBack() throws SQLException {
    one.setAutoCommit(false);
    assertThat(value(one, "SELECT SUM(v) FROM t")).isEqualTo(30L);
    run(two, "INSERT INTO t VALUES (3, 30)");
    run(two, "CREATE TABLE d (a INT)");
    assertState("40001", () -> run(one, "UPDATE t SET v = 0 WHERE id = 1"));
    one.rollback();
    one.setAutoCommit(true);
    assertThat(value(two, "SELECT SUM(v) FROM t")).isEqualTo(60L);
    run(two, "DROP TABLE d");
  }

  @Test
  void theDatabaseDescribesItselfAndItsStatements() throws SQLException {
    assertThat(client.databaseProperties())
        .containsEntry("getDatabaseProductName", dialect().product());
    assertThat(
            one.metadata("getColumns", null, dialect().defaultSchema(), dialect().folded("t"), "%")
                .rows())
        .hasSize(2);
    assertThat(one.describe("SELECT v FROM t WHERE id = ?").parameters()).hasSize(1);
    assertThat(one.describe("SELECT v FROM t WHERE id = ?").columnsOrNull()).hasSize(1);
    assertThat(one.isValid(1000)).isTrue();
  }
}
