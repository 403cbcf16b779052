package dev.lockstep.sql.testkit;

import static dev.lockstep.sql.testkit.SessionContract.run;
import static dev.lockstep.sql.testkit.SessionContract.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.H2Engine;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(90)
class LocalSqlClusterTest {
  private static final int SLOW = 2;

  /**
   * A client is answered as soon as enough replicas have done what it wants, so the database that a
   * test alters may not have the table yet.
   */
  @Test
  void whatIsAlteredIsTheDatabaseThatAClientKnows() throws Exception {
    CountDownLatch defines = new CountDownLatch(1);
    CountDownLatch mayDefine = new CountDownLatch(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (LocalSqlCluster cluster =
            LocalSqlCluster.builder().engine(id -> engine(id, defines, mayDefine)).start();
        SqlSession session = cluster.client().openSession()) {
      run(session, "CREATE TABLE t (id INT PRIMARY KEY)");
      defines.await();
      Future<?> altered =
          thread.submit(
              () -> {
                cluster.alter(SLOW, "INSERT INTO t VALUES (7)");
                return null;
              });
      // Long enough for one that does not wait to fail, mostly; one that waits passes always.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
      mayDefine.countDown();
      altered.get();
      assertThat(value(session, "SELECT COUNT(*) FROM t")).isEqualTo(0L);
      assertThat(LocalSqlCluster.compareAll(cluster.client()).differing()).containsOnlyKeys(SLOW);
    } finally {
      mayDefine.countDown();
      thread.shutdownNow();
    }
  }

  private static Engine engine(int id, CountDownLatch defines, CountDownLatch mayDefine) {
    Engine engine = H2Engine.inMemory("slow" + id + "-" + UUID.randomUUID());
    return id == SLOW
        ? Lies.before(
            engine,
            "define",
            () -> {
              defines.countDown();
              try {
                mayDefine.await();
              } catch (InterruptedException e) {
                throw new SQLException("interrupted", e);
              }
            })
        : engine;
  }
}
