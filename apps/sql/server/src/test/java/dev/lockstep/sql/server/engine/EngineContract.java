package dev.lockstep.sql.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.server.engine.Engine.FailureKind;
import dev.lockstep.sql.server.engine.Engine.Patience;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What replicas rely on, for every engine. */
@Timeout(60)
abstract class EngineContract {
  private Engine engine;

  abstract Engine open() throws Exception;

  @BeforeEach
  void start() throws Exception {
    engine = open();
    engine.clear();
    engine.define("", "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    EngineTransaction load = engine.begin("", Patience.SHORT);
    run(load, "INSERT INTO t VALUES (1, 10), (2, 20)");
    load.commit();
  }

  @AfterEach
  void end() {
    if (engine != null) {
      engine.close();
    }
  }

  static SqlResult run(EngineTransaction in, String sql, Object... parameters) throws SQLException {
    return in.execute(
        sql, Arrays.stream(parameters).map(SqlParameter::of).toList(), 0, SqlStatement.Keys.NONE);
  }

  private static Object value(EngineTransaction in, String sql) throws SQLException {
    return run(in, sql).rowsOrNull().rows().get(0)[0];
  }

  private void change(String sql) throws SQLException {
    EngineTransaction other = engine.begin("", Patience.SHORT);
    run(other, sql);
    other.commit();
  }

  @Test
  void theSnapshotIsTakenAtTheBeginning() throws SQLException {
    EngineTransaction early = engine.begin("", Patience.LONG);
    change("UPDATE t SET v = 11 WHERE id = 1");
    assertThat(value(early, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    early.rewind();
    assertThat(value(early, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    EngineTransaction again = early.undisturbed();
    assertThat(value(again, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    again.rollback();
    EngineTransaction late = engine.begin("", Patience.LONG);
    assertThat(value(late, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
    late.rollback();
  }

  @Test
  void theSchemaIsChosenAnewWithinATransaction() throws SQLException {
    engine.define("", "CREATE SCHEMA elsewhere");
    String elsewhere = engine.dialect().folded("elsewhere");
    assertThat(engine.schemas()).contains(elsewhere);
    engine.define(elsewhere, "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    EngineTransaction transaction = engine.begin("", Patience.LONG);
    run(transaction, "UPDATE t SET v = 11 WHERE id = 1");
    transaction.savepoint("s");
    transaction.useSchema(elsewhere);
    run(transaction, "INSERT INTO t VALUES (1, 77)");
    assertThat(value(transaction, "SELECT v FROM t")).isEqualTo(77);
    transaction.rollbackTo("s");
    assertThat(value(transaction, "SELECT COUNT(*) FROM t")).isEqualTo(0L);
    transaction.rewind();
    assertThat(value(transaction, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    transaction.useSchema(elsewhere);
    EngineTransaction again = transaction.undisturbed();
    assertThat(value(again, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    again.useSchema(elsewhere);
    run(again, "INSERT INTO t VALUES (2, 78)");
    again.commit();
    EngineTransaction late = engine.begin("", Patience.SHORT);
    assertThat(value(late, "SELECT COUNT(*) FROM t")).isEqualTo(2L);
    late.rollback();
  }

  @Test
  void ofTwoThatChangeARowTheSecondConflicts() throws SQLException {
    EngineTransaction late = engine.begin("", Patience.LONG);
    change("UPDATE t SET v = 11 WHERE id = 1");
    assertConflict(late, "UPDATE t SET v = 12 WHERE id = 1");
    // What the engine has given up is not committed silently.
    assertThatThrownBy(late::commit).isInstanceOf(SQLException.class);
    EngineTransaction after = engine.begin("", Patience.LONG);
    assertThat(value(after, "SELECT v FROM t WHERE id = 1")).isEqualTo(11);
    after.rollback();
  }

  private void assertConflict(EngineTransaction in, String sql) {
    assertThatThrownBy(() -> run(in, sql))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(engine.kindOf(e)).isEqualTo(FailureKind.CONFLICT));
  }

  @Test
  void afterAConflictTheSnapshotCanStillBeHad() throws SQLException {
    EngineTransaction late = engine.begin("", Patience.LONG);
    change("UPDATE t SET v = 11 WHERE id = 1");
    assertConflict(late, "UPDATE t SET v = 12 WHERE id = 1");
    EngineTransaction again = late.undisturbed();
    assertThat(value(again, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    run(again, "UPDATE t SET v = 22 WHERE id = 2");
    again.commit();
    EngineTransaction after = engine.begin("", Patience.LONG);
    assertThat(value(after, "SELECT v FROM t WHERE id = 2")).isEqualTo(22);
    after.rollback();
  }

  @Test
  void shortPatienceEndsSoonAndSaysSo() throws SQLException {
    EngineTransaction holder = engine.begin("", Patience.LONG);
    run(holder, "UPDATE t SET v = 11 WHERE id = 1");
    EngineTransaction waiting = engine.begin("", Patience.SHORT);
    assertThatThrownBy(() -> run(waiting, "UPDATE t SET v = 12 WHERE id = 1"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(engine.kindOf(e)).isEqualTo(FailureKind.LOCKED));
    waiting.rollback();
    holder.rollback();
  }

  @Test
  void afterAnImpatientWaitTheTransactionGoesOn() throws SQLException {
    EngineTransaction holder = engine.begin("", Patience.LONG);
    run(holder, "UPDATE t SET v = 11 WHERE id = 1");
    EngineTransaction waiting = engine.begin("", Patience.SHORT);
    waiting.savepoint("a");
    assertThatThrownBy(() -> run(waiting, "UPDATE t SET v = 12 WHERE id = 1"))
        .isInstanceOf(SQLException.class);
    holder.rollback();
    waiting.rollbackTo("a");
    run(waiting, "UPDATE t SET v = 12 WHERE id = 1");
    waiting.commit();
  }

  @Test
  void whatWaitsForALockCanBeCancelled() throws Exception {
    EngineTransaction holder = engine.begin("", Patience.LONG);
    run(holder, "UPDATE t SET v = 11 WHERE id = 1");
    EngineTransaction waiting = engine.begin("", Patience.LONG);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<FailureKind> failure =
        CompletableFuture.supplyAsync(
            () -> {
              begun.countDown();
              try {
                run(waiting, "UPDATE t SET v = 12 WHERE id = 1");
                return null;
              } catch (SQLException e) {
                return engine.kindOf(e);
              }
            });
    begun.await();
    FailureKind found = null;
    while (found == null) {
      waiting.cancel();
      try {
        found = failure.get(50, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        // It had not begun to wait.
      }
    }
    assertThat(found).isEqualTo(FailureKind.CANCELLED);
    EngineTransaction again = waiting.undisturbed();
    holder.rollback();
    run(again, "UPDATE t SET v = 13 WHERE id = 1");
    again.commit();
  }

  @Test
  void tablesAreDescribedDumpedAndLoaded() throws SQLException {
    engine.define("", "CREATE TABLE u (k INT GENERATED BY DEFAULT AS IDENTITY, a VARCHAR(10))");
    engine.define("", "ALTER TABLE u ADD CONSTRAINT u_t FOREIGN KEY (k) REFERENCES t (id)");
    change("INSERT INTO u (k, a) VALUES (1, 'one')");
    List<TableInfo> tables = engine.tables();
    assertThat(tables).hasSize(2);
    assertThat(tables.get(0).primaryKey()).hasSize(1);
    assertThat(tables.get(1).columns().get(0).identity()).isTrue();
    EngineTransaction reader = engine.begin("", Patience.LONG);
    Object[][] kept = new Object[1][];
    reader.forEachRow(tables.get(1).select(), row -> kept[0] = row);
    reader.rollback();
    change("DELETE FROM u");
    change("DELETE FROM t");
    try (Engine.Loader loader = engine.loader()) {
      // The row that it refers to comes later.
      loader.add(tables.get(1), kept[0]);
      loader.add(tables.get(0), new Object[] {1, null});
      loader.finish();
    }
    EngineTransaction after = engine.begin("", Patience.LONG);
    assertThat(value(after, "SELECT a FROM u JOIN t ON t.id = u.k")).isEqualTo("one");
    after.rollback();
  }

  @Test
  void sequencesAreLookedUp() throws SQLException {
    engine.define("", "CREATE TABLE n (id INT GENERATED BY DEFAULT AS IDENTITY, a INT)");
    engine.define("", "CREATE SEQUENCE s START WITH 5 INCREMENT BY 3");
    String schema = engine.dialect().defaultSchema();
    String table = engine.dialect().folded("n");
    String column = engine.dialect().folded("id");
    assertThat(engine.sequenceOrNull(schema, engine.dialect().folded("s"), null))
        .isEqualTo(new Engine.Sequence(5, 3));
    assertThat(engine.sequenceOrNull(schema, table, column)).isEqualTo(new Engine.Sequence(1, 1));
    assertThat(engine.sequenceOrNull(schema, "none", null)).isNull();
    assertThat(engine.sequenceOrNull(schema, "none", "none")).isNull();
    engine.define("", "ALTER SEQUENCE s RESTART WITH 100");
    assertThat(engine.sequenceOrNull(schema, engine.dialect().folded("s"), null).base())
        .isEqualTo(100);
  }

  @Test
  void itSaysWhatItIs() throws SQLException {
    assertThat(engine.properties())
        .containsEntry("getDatabaseProductName", engine.dialect().product())
        .containsEntry("supportsSavepoints", true)
        .doesNotContainKey("getURL");
  }
}
