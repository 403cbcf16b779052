package dev.lockstep.sql.client;

import dev.lockstep.client.ServiceProxy;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.network.Endpoint;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlReply;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client of a replicated database. */
final class ReplicatedSqlClient implements SqlClient {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicatedSqlClient.class);

  /** Replicas that contradict others cause a verification this often at most. */
  private static final long VERIFY_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final SecureRandom random = new SecureRandom();
  private final SqlClientSettings settings;
  private final ServiceProxy proxy;
  private final SessionLinks links;
  private final Group group;
  private final IdBlocks ids;
  private final List<Integer> replicas;
  private final int faults;
  private final Set<ReplicatedSession> sessions = ConcurrentHashMap.newKeySet();
  private final AtomicLong verifiedNanos = new AtomicLong(System.nanoTime() - VERIFY_PAUSE_NANOS);
  private final ExecutorService background =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "lockstep-sql-verify");
            thread.setDaemon(true);
            return thread;
          });
  private volatile Map<String, Object> properties;
  private volatile boolean closed;

  ReplicatedSqlClient(
      ClusterConfig cluster,
      ClientCredentials credentials,
      ClientSettings clientSettings,
      List<Endpoint> sessionPorts,
      SqlClientSettings settings) {
    this.settings = Objects.requireNonNull(settings, "settings");
    proxy = ServiceProxy.builder(cluster, credentials).settings(clientSettings).build();
    links = new SessionLinks(cluster, credentials, sessionPorts);
    group = new Group(proxy, cluster.view().limits().requestBytes(), this::onDissent);
    ids = new IdBlocks(group, settings.idBlock());
    replicas = cluster.members().stream().map(ClusterConfig.Member::id).toList();
    faults = cluster.view().faults();
  }

  SqlClientSettings settings() {
    return settings;
  }

  SessionLinks links() {
    return links;
  }

  Group group() {
    return group;
  }

  IdBlocks ids() {
    return ids;
  }

  int faults() {
    return faults;
  }

  List<Integer> all() {
    return replicas;
  }

  List<Integer> others(int master) {
    return replicas.stream().filter(replica -> replica != master).toList();
  }

  /** Not to be guessed, and not to be met by another program with this identity. */
  long newTransactionId() {
    return random.nextLong();
  }

  void noteMasterFailure(int master) {
    LOG.info("master {} does not answer; asking the group for another one", master);
  }

  /** A replica says something else than others: its database may be another one. Any thread. */
  void onDissent() {
    long now = System.nanoTime();
    long last = verifiedNanos.get();
    if (closed || now - last < VERIFY_PAUSE_NANOS || !verifiedNanos.compareAndSet(last, now)) {
      return;
    }
    background.execute(
        () -> {
          try {
            SqlVerification found = verify(true);
            LOG.warn("replicas contradicted each other, so all were compared: {}", found);
          } catch (SQLException e) {
            if (!closed) {
              LOG.warn("replicas contradicted each other, but cannot be compared", e);
            }
          }
        });
  }

  void forget(ReplicatedSession session) {
    sessions.remove(session);
  }

  private long deadline() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(settings.timeoutMillis());
  }

  @Override
  public SqlSession openSession() throws SQLException {
    if (closed) {
      throw SqlErrors.exception("08003", "the client is closed");
    }
    ReplicatedSession session = new ReplicatedSession(this);
    sessions.add(session);
    return session;
  }

  @Override
  public Map<String, Object> databaseProperties() throws SQLException {
    Map<String, Object> known = properties;
    if (known == null) {
      SqlReply reply = group.awaitAnswer(group.ask(new SqlCommand.Properties()), deadline());
      if (!(reply instanceof SqlReply.PropertiesAre are)) {
        throw Group.unexpected(reply);
      }
      known = Map.copyOf(are.values());
      properties = known;
    }
    return known;
  }

  @Override
  public SqlVerification verify(boolean repair) throws SQLException {
    return new Verifier(this).verify(repair, deadline());
  }

  @Override
  public void close() {
    closed = true;
    List.copyOf(sessions).forEach(ReplicatedSession::abort);
    background.shutdownNow();
    proxy.close();
    links.close();
  }
}
