package dev.lockstep.sql.testkit;

import static dev.lockstep.sql.testkit.SessionContract.assertState;
import static dev.lockstep.sql.testkit.SessionContract.run;
import static dev.lockstep.sql.testkit.SessionContract.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlClientSettings;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.client.SqlVerification;
import dev.lockstep.sql.message.SessionMessage.Answer;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.H2Engine;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One of four replicas is not correct, the master or another one. */
@Timeout(180)
class HostileTest {
  /** For masters that answer, however busy the machine is. */
  private static final int PATIENCE_MILLIS = 60_000;

  /** For masters that do not. */
  private static final int SHORT_PATIENCE_MILLIS = 2_000;

  private LocalSqlCluster cluster;
  private SqlClient client;
  private SqlSession session;

  private void start(SqlVariant variant, LocalSqlCluster.Builder builder) throws SQLException {
    start(variant, builder, PATIENCE_MILLIS);
  }

  private void start(SqlVariant variant, LocalSqlCluster.Builder builder, int patienceMillis)
      throws SQLException {
    cluster = builder.start();
    client = cluster.newClient(new SqlClientSettings(variant, patienceMillis, 60_000, 16));
    session = client.openSession();
    run(session, "CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    run(session, "INSERT INTO t VALUES (1, 10), (2, 20)");
    session.setAutoCommit(false);
  }

  @AfterEach
  void end() {
    if (cluster != null) {
      cluster.close();
    }
  }

  /** As an application does it: a transaction that conflicts is run again. */
  private int transfer() throws SQLException {
    for (int tries = 1; ; tries++) {
      try {
        int have = (Integer) value(session, "SELECT v FROM t WHERE id = 1");
        run(session, "UPDATE t SET v = ? WHERE id = 1", have - 1);
        run(session, "UPDATE t SET v = v + 1 WHERE id = 2");
        session.commit();
        return tries;
      } catch (SQLException e) {
        session.rollback();
        if (!"40001".equals(e.getSQLState()) || tries == 10) {
          throw e;
        }
      }
    }
  }

  private void assertTransferred() throws SQLException {
    session.rollback();
    session.setAutoCommit(true);
    assertThat(value(session, "SELECT v FROM t WHERE id = 1")).isEqualTo(9);
    assertThat(value(session, "SELECT v FROM t WHERE id = 2")).isEqualTo(21);
  }

  private void masterLies(SqlVariant variant, UnaryOperator<Answer> lie) throws SQLException {
    start(variant, LocalSqlCluster.builder());
    cluster.lie(0, lie);
    assertThat(transfer()).isEqualTo(2);
    assertTransferred();
    assertThat(LocalSqlCluster.compareAll(client).isEqual()).isTrue();
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource
  void aMasterThatShowsWrongRowsIsFoundOutAndReplaced(SqlVariant variant) throws SQLException {
    masterLies(variant, Lies.wrongRows());
  }

  @ParameterizedTest
  @EnumSource(names = "OPTIMISED")
  void aMasterThatCountsWronglyIsFoundOutAndReplaced(SqlVariant variant) throws SQLException {
    masterLies(variant, Lies.wrongCounts());
  }

  @Tag("slow")
  @Test
  void aMasterThatHasValuesTakenFromAnotherSequenceIsFoundOut() throws SQLException {
    start(SqlVariant.OPTIMISED, LocalSqlCluster.builder());
    session.setAutoCommit(true);
    run(session, "CREATE TABLE n (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a INT)");
    run(session, "CREATE TABLE m (id INT GENERATED ALWAYS AS IDENTITY (START WITH 900), a INT)");
    session.setAutoCommit(false);
    cluster.lie(0, Lies.otherSequence("identity\u0000PUBLIC\u0000M\u0000ID"));
    run(session, "INSERT INTO n (a) VALUES (1)");
    assertState("40001", session::commit);
    run(session, "INSERT INTO n (a) VALUES (1)");
    session.commit();
    assertThat((Integer) value(session, "SELECT id FROM n")).isLessThan(900);
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource
  void whenTheMasterFallsSilentTheTransactionGoesOn(SqlVariant variant) throws SQLException {
    start(variant, LocalSqlCluster.builder(), SHORT_PATIENCE_MILLIS);
    assertThat(value(session, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    run(session, "UPDATE t SET v = 9 WHERE id = 1");
    cluster.lie(0, Lies.silence());
    run(session, "UPDATE t SET v = v + 1 WHERE id = 2");
    session.commit();
    assertTransferred();
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource
  void whenTheMasterIsKilledTheTransactionGoesOn(SqlVariant variant) throws SQLException {
    start(variant, LocalSqlCluster.builder());
    run(session, "UPDATE t SET v = 9 WHERE id = 1");
    cluster.kill(0);
    run(session, "UPDATE t SET v = v + 1 WHERE id = 2");
    session.commit();
    assertTransferred();
    cluster.restart(0);
    awaitEqual();
  }

  @Tag("slow")
  @Test
  void aNewMasterThatFindsSomethingElseEndsTheTransaction() throws SQLException {
    start(SqlVariant.STANDARD, LocalSqlCluster.builder());
    cluster.lie(0, Lies.wrongRows());
    run(session, "SELECT v FROM t");
    cluster.kill(0);
    assertState("40001", () -> run(session, "UPDATE t SET v = 0 WHERE id = 1"));
    session.rollback();
    assertThat(transfer()).isEqualTo(1);
    assertTransferred();
  }

  @Tag("slow")
  @ParameterizedTest
  @EnumSource
  void aMasterWhoseDatabaseDropsWritesIsFoundOut(SqlVariant variant) throws SQLException {
    start(
        variant,
        LocalSqlCluster.builder()
            .engine(
                id -> {
                  Engine engine = H2Engine.inMemory("drop" + id + "-" + UUID.randomUUID());
                  return id == 0 ? Lies.thatDropsUpdates(engine) : engine;
                }));
    run(session, "UPDATE t SET v = 9 WHERE id = 1");
    run(session, "UPDATE t SET v = 21 WHERE id = 2");
    session.commit();
    assertTransferred();
    SqlVerification found = LocalSqlCluster.compareAll(client);
    assertThat(found.agreeing()).containsExactly(1, 2, 3);
    assertThat(found.differing().get(0)).containsExactly("PUBLIC.T");
  }

  @Tag("slow")
  @Test
  void readsAreNotFooledByAFollower() throws SQLException {
    start(SqlVariant.OPTIMISED, LocalSqlCluster.builder());
    session.setReadOnly(true);
    cluster.lie(2, Lies.wrongRows());
    for (int i = 0; i < 20; i++) {
      assertThat(value(session, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    }
    session.rollback();
    cluster.lie(2, Lies.missingRows());
    for (int i = 0; i < 20; i++) {
      assertThat(value(session, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
    }
    session.rollback();
    cluster.lie(2, Lies.silence());
    assertThat(value(session, "SELECT v FROM t WHERE id = 1")).isEqualTo(10);
  }

  private void databaseIsAltered(int replica, String sql) throws SQLException {
    start(SqlVariant.OPTIMISED, LocalSqlCluster.builder());
    cluster.alter(replica, sql);
    transfer();
    assertTransferred();
    while (cluster.starts(replica) == 1) {
      client.verify(true);
    }
    awaitEqual();
    assertThat(cluster.endings())
        .singleElement()
        .asString()
        .contains("the database of replica " + replica + " is not the same")
        .contains("table PUBLIC.T differs");
    session.setAutoCommit(false);
    run(session, "UPDATE t SET v = 11 WHERE id = 1");
    session.commit();
    awaitEqual();
  }

  @Test
  void aFollowersDatabaseThatWasAlteredIsReplaced() throws SQLException {
    databaseIsAltered(2, "UPDATE t SET v = 999 WHERE id = 2");
  }

  @Tag("slow")
  @Test
  void aMastersDatabaseThatWasAlteredIsReplaced() throws SQLException {
    databaseIsAltered(0, "INSERT INTO t VALUES (7, 7)");
  }

  @Tag("slow")
  @Test
  void aContradictionAloneHasTheDatabasesCompared() throws Exception {
    start(SqlVariant.STANDARD, LocalSqlCluster.builder());
    cluster.alter(2, "UPDATE t SET v = 999 WHERE id = 1");
    long since = System.nanoTime();
    while (cluster.starts(2) < 2) {
      assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(60));
      transferUnchanged();
    }
    session.rollback();
    awaitEqual();
  }

  private void transferUnchanged() throws SQLException {
    try {
      value(session, "SELECT v FROM t WHERE id = 1");
      run(session, "UPDATE t SET v = v WHERE id = 1");
      session.commit();
    } catch (SQLException e) {
      session.rollback();
      if (!"40001".equals(e.getSQLState())) {
        throw e;
      }
    }
  }

  /** Until all replicas answer and agree. */
  private void awaitEqual() throws SQLException {
    long since = System.nanoTime();
    while (!client.verify(false).isEqual()) {
      assertThat(System.nanoTime() - since)
          .as("replicas do not become equal: %s", client.verify(false))
          .isLessThan(TimeUnit.SECONDS.toNanos(60));
    }
  }
}
