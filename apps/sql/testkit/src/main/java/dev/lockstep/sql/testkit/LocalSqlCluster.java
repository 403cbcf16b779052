package dev.lockstep.sql.testkit;

import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.ClusterKeys;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.network.Endpoint;
import dev.lockstep.protocol.view.View;
import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlClientSettings;
import dev.lockstep.sql.client.SqlVerification;
import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.server.SqlReplica;
import dev.lockstep.sql.server.SqlSettings;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.EngineTransaction;
import dev.lockstep.sql.server.engine.H2Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * A replicated database in this JVM: real replicas on free ports of the loopback interface, each
 * with a database of its own, H2 in memory unless told otherwise. Nothing of the group is written
 * to disk. A replica whose database breaks, or is proved to be another one than that of the others,
 * is started again with an empty one and learns its content from them.
 *
 * <pre>{@code
 * try (LocalSqlCluster cluster = LocalSqlCluster.start();
 *     SqlSession session = cluster.client().openSession()) {
 *   session.execute(SqlStatement.of("CREATE TABLE t (id INT PRIMARY KEY)"));
 * }
 * }</pre>
 *
 * <p>Safe for any number of threads.
 */
public final class LocalSqlCluster implements AutoCloseable {
  /** How long a replica may take to do what others have done. */
  private static final long CATCH_UP_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Builder settings;
  private final ClusterKeys keys;
  private final SqlReplica[] replicas;
  private final Engine[] engines;
  private final int[] starts;
  private final int[] sessionPorts;
  private final List<UnaryOperator<SessionMessage.Answer>> lies = new ArrayList<>();
  private final List<String> endings = new ArrayList<>();
  private final List<SqlClient> clients = new ArrayList<>();
  private ClusterConfig config;
  private SqlClient first;
  private boolean closed;

  private LocalSqlCluster(Builder settings) {
    this.settings = settings;
    int n = settings.replicas;
    keys = ClusterKeys.generate(n);
    replicas = new SqlReplica[n];
    engines = new Engine[n];
    starts = new int[n];
    sessionPorts = new int[n];
    config =
        ClusterConfig.builder("local-sql")
            .local(keys)
            .faults(settings.faults)
            .limits(settings.limits)
            .checkpointPeriod(settings.checkpointPeriod)
            .build();
    try {
      for (int id = 0; id < n; id++) {
        lies.add(UnaryOperator.identity());
        start(id, false);
        sessionPorts[id] = replicas[id].sessionAddress().getPort();
        config =
            config.withPorts(
                id,
                replicas[id].replica().peerAddress().getPort(),
                replicas[id].replica().clientAddress().getPort());
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    for (SqlReplica replica : replicas) {
      replica.replica().setPeers(config);
    }
  }

  private void start(int id, boolean again) {
    engines[id] = settings.engine.apply(id);
    try {
      SqlReplica.Builder builder =
          SqlReplica.builder(
                  config, ReplicaSettings.embedded(id), keys.replicas().get(id), engines[id])
              .sql(settings.sql)
              .sessionPort(sessionPorts[id])
              .answersPass(answer -> lie(id).apply(answer));
      SqlReplica started = again ? builder.afterLoss().start() : builder.start();
      replicas[id] = started;
      starts[id]++;
      started
          .whenDone()
          .thenAccept(
              ending -> {
                if (ending.kind() != SqlReplica.Ending.Kind.CLOSED) {
                  new Thread(() -> replace(id, started, ending.reason())).start();
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized UnaryOperator<SessionMessage.Answer> lie(int id) {
    return lies.get(id);
  }

  /** What whoever runs replicas does with one that cannot go on. */
  private synchronized void replace(int id, SqlReplica ended, String reason) {
    if (closed || replicas[id] != ended) {
      return;
    }
    endings.add(reason);
    ended.close();
    start(id, true);
  }

  /** Starts four replicas, of which one may be faulty in any way, on H2. */
  public static LocalSqlCluster start() {
    return builder().start();
  }

  /** Begins a cluster with other settings. */
  public static Builder builder() {
    return new Builder();
  }

  /** Settings of a cluster. */
  public static final class Builder {
    private int replicas = 4;
    private int faults = 1;
    private IntFunction<Engine> engine =
        id -> H2Engine.inMemory("r" + id + "-" + UUID.randomUUID());
    private SqlSettings sql = SqlSettings.defaults();
    private View.Limits limits = limits();
    private long checkpointPeriod = 1_000;

    private Builder() {}

    private static View.Limits limits() {
      View.Limits defaults = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
      return new View.Limits(
          defaults.batchRequests(),
          4 << 20,
          1 << 20,
          defaults.sessionWindow(),
          defaults.sessionsPerClient(),
          defaults.sessions(),
          defaults.replyCacheBytes(),
          defaults.sessionTimeoutMicros(),
          defaults.openBoundMicros(),
          defaults.clockBoundMicros(),
          defaults.authentication());
    }

    /** How many replicas, and how many of them may be faulty. */
    public Builder size(int ofReplicas, int ofFaults) {
      replicas = ofReplicas;
      faults = ofFaults;
      return this;
    }

    /** Makes the database of a replica, each time that it is started. */
    public Builder engine(IntFunction<Engine> made) {
      engine = made;
      return this;
    }

    /** What all replicas are told. */
    public Builder sql(SqlSettings settings) {
      sql = settings;
      return this;
    }

    /** Instances between two checkpoints of one replica. */
    public Builder checkpointPeriod(long instances) {
      checkpointPeriod = instances;
      return this;
    }

    /** Starts all replicas. */
    public LocalSqlCluster start() {
      return new LocalSqlCluster(this);
    }
  }

  /** A client with an identity of its own, the same one at each call. Closed with the cluster. */
  public synchronized SqlClient client() {
    if (first == null) {
      first = newClient(SqlClientSettings.defaults());
    }
    return first;
  }

  /** Another client, with an identity of its own. Closed with the cluster. */
  public synchronized SqlClient newClient(SqlClientSettings clientSettings) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int id = 0; id < sessionPorts.length; id++) {
      endpoints.add(new Endpoint(id, "127.0.0.1", sessionPorts[id]));
    }
    SqlClient client =
        SqlClient.of(
            config,
            keys.authority().issue(config.clusterDigest(), "client-" + clients.size()),
            ClientSettings.defaults(),
            endpoints,
            clientSettings);
    clients.add(client);
    return client;
  }

  /** From now on answers of a replica to sessions pass this on their way out; null drops one. */
  public synchronized void lie(int replica, UnaryOperator<SessionMessage.Answer> through) {
    lies.set(replica, through);
  }

  /**
   * Compares the databases, once all replicas say what theirs is: one that is behind, or starts
   * again, is waited for.
   */
  public static SqlVerification compareAll(SqlClient through) throws SQLException {
    long since = System.nanoTime();
    SqlVerification found = through.verify(false);
    while (!found.silent().isEmpty() && System.nanoTime() - since < CATCH_UP_NANOS) {
      found = through.verify(false);
    }
    return found;
  }

  /**
   * Changes the database of a replica behind the replica's back, as soon as the replica has done
   * all that any other one has done: what a client was told need not have come to this one yet.
   */
  public void alter(int replica, String sql, Object... parameters) throws SQLException {
    Engine engine = engineThatHasDone(replica, mostCommandsDone());
    EngineTransaction transaction = engine.begin("", Engine.Patience.SHORT);
    try {
      transaction.execute(
          sql, Arrays.stream(parameters).map(SqlParameter::of).toList(), 0, SqlStatement.Keys.NONE);
      transaction.commit();
    } finally {
      transaction.rollback();
    }
  }

  private synchronized long mostCommandsDone() {
    return Arrays.stream(replicas)
        .filter(Objects::nonNull)
        .mapToLong(SqlReplica::commandsDone)
        .max()
        .orElse(0);
  }

  private Engine engineThatHasDone(int replica, long commands) {
    long since = System.nanoTime();
    while (true) {
      synchronized (this) {
        if (replicas[replica] != null && replicas[replica].commandsDone() >= commands) {
          return engines[replica];
        }
      }
      if (System.nanoTime() - since > CATCH_UP_NANOS) {
        throw new IllegalStateException(
            "replica " + replica + " has not done what others have done");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  /** The database under a replica, to do something to it. */
  public synchronized Engine engine(int replica) {
    return engines[replica];
  }

  /** Stops a replica. It forgets everything, as if its machine had been lost. */
  public synchronized void kill(int replica) {
    SqlReplica victim = replicas[replica];
    replicas[replica] = null;
    if (victim != null) {
      victim.close();
    }
  }

  /** Starts a killed replica again, with an empty database. */
  public synchronized void restart(int replica) {
    start(replica, true);
  }

  /** A replica; null while it is killed. */
  public synchronized SqlReplica replica(int replica) {
    return replicas[replica];
  }

  /** How often a replica was started. */
  public synchronized int starts(int replica) {
    return starts[replica];
  }

  /** Why replicas were replaced so far. */
  public synchronized List<String> endings() {
    return List.copyOf(endings);
  }

  @Override
  public void close() {
    List<SqlClient> ending;
    synchronized (this) {
      closed = true;
      ending = List.copyOf(clients);
    }
    ending.forEach(SqlClient::close);
    for (SqlReplica replica : replicas) {
      if (replica != null) {
        replica.close();
      }
    }
  }
}
