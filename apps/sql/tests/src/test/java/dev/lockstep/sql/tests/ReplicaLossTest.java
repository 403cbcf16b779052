package dev.lockstep.sql.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.bench.Bank;
import dev.lockstep.sql.bench.ConsistencyOptions;
import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.bench.ListAppend;
import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlClientSettings;
import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.history.Anomaly;
import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.SnapshotChecker;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import dev.lockstep.sql.jdbc.LockstepDriver;
import dev.lockstep.sql.server.SqlReplica;
import dev.lockstep.sql.testkit.LocalSqlCluster;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Replicas are lost with all that they had, one after the other, the master among them, and come
 * back with empty databases, while transactions go on.
 */
@Tag("slow")
@Timeout(600)
class ReplicaLossTest {
  private static final int REPLICAS = 4;
  private static final ConsistencyOptions OPTIONS = new ConsistencyOptions(6, 3_000, 1);

  private LocalSqlCluster cluster;

  @BeforeEach
  void start() {
    cluster = LocalSqlCluster.start();
  }

  @AfterEach
  void end() {
    LockstepDriver.forget("loss");
    cluster.close();
  }

  private Database database(SqlVariant variant) {
    LockstepDriver.name("loss", cluster.newClient(SqlClientSettings.defaults().with(variant)));
    return Database.of("jdbc:lockstep:@loss?timeoutMillis=20000");
  }

  /** Runs a workload, and loses one replica after the other until it is through. */
  private <T> T whileReplicasAreLost(Callable<T> workload) throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<T> result = thread.submit(workload);
      for (int round = 0; !result.isDone(); round++) {
        int victim = round % REPLICAS;
        cluster.kill(victim);
        cluster.restart(victim);
        while (!result.isDone() && !allAreHealthy()) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
      }
      return result.get();
    } finally {
      thread.shutdownNow();
    }
  }

  private boolean allAreHealthy() {
    for (int id = 0; id < REPLICAS; id++) {
      SqlReplica replica = cluster.replica(id);
      if (replica == null || !replica.replica().status().isHealthy()) {
        return false;
      }
    }
    return true;
  }

  private void databasesAreEqual() throws Exception {
    try (SqlClient client = cluster.newClient(SqlClientSettings.defaults())) {
      assertThat(LocalSqlCluster.compareAll(client).isEqual()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void noAppendIsLostOrDoubled(SqlVariant variant) throws Exception {
    Database database = database(variant);
    History history = whileReplicasAreLost(() -> ListAppend.run(database, OPTIONS));
    SnapshotChecker.Verdict verdict = SnapshotChecker.check(history, Freshness.REAL_TIME);
    assertThat(verdict.anomalies()).isEmpty();
    assertThat(verdict.committed()).isGreaterThan(100);
    databasesAreEqual();
  }

  @ParameterizedTest
  @EnumSource
  void noTransferIsLostOrDoubled(SqlVariant variant) throws Exception {
    Database database = database(variant);
    List<Anomaly> anomalies = whileReplicasAreLost(() -> Bank.run(database, OPTIONS).anomalies());
    assertThat(anomalies).isEmpty();
    databasesAreEqual();
  }
}
