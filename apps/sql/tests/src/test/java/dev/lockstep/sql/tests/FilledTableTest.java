package dev.lockstep.sql.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.server.SqlReplica;
import dev.lockstep.sql.testkit.LocalSqlCluster;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A table that a query fills has the same rows everywhere, also at who learns them later. */
@Tag("slow")
@Timeout(120)
class FilledTableTest {

  @Test
  void aReplicaThatLostEverythingHasItsRowsOnce() throws Exception {
    try (LocalSqlCluster cluster = LocalSqlCluster.builder().checkpointPeriod(20).start()) {
      SqlClient client = cluster.client();
      try (SqlSession session = client.openSession()) {
        session.execute(SqlStatement.of("create table a (id int primary key)"));
        session.execute(SqlStatement.of("insert into a values (1), (2)"));
        session.execute(
            SqlStatement.of("create table b as select id, current_timestamp as made from a"));
        for (int i = 3; i < 60; i++) {
          session.execute(SqlStatement.of("insert into a values (?)", i));
        }
        assertThat(LocalSqlCluster.compareAll(client).isEqual()).isTrue();
        cluster.kill(3);
        cluster.restart(3);
        awaitHealth(cluster.replica(3));
        assertThat(LocalSqlCluster.compareAll(client).isEqual()).isTrue();
        assertThat(session.execute(SqlStatement.of("select id from b")).rowsOrNull().rows())
            .hasSize(2);
      }
    }
  }

  private static void awaitHealth(SqlReplica replica) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (!replica.replica().status().isHealthy()) {
      assertThat(System.nanoTime()).as("replica 3 does not come back").isLessThan(deadline);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }
}
