package dev.lockstep.sql.client;

import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.network.Endpoint;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * A program's connection to a replicated database: one identity, shared by any number of sessions,
 * which cost nothing to open. Safe for any number of threads.
 */
public interface SqlClient extends AutoCloseable {
  /**
   * A client of a cluster.
   *
   * @param clientSettings patience with the group
   * @param sessionPorts where each replica listens to sessions
   */
  static SqlClient of(
      ClusterConfig cluster,
      ClientCredentials credentials,
      ClientSettings clientSettings,
      List<Endpoint> sessionPorts,
      SqlClientSettings settings) {
    return new ReplicatedSqlClient(cluster, credentials, clientSettings, sessionPorts, settings);
  }

  /** A session of its own, with auto-commit on. Sends nothing. */
  SqlSession openSession() throws SQLException;

  /**
   * What the engine says of itself: the results of the methods of its {@link
   * java.sql.DatabaseMetaData} that take nothing and return a number, a text or a truth value, by
   * the names of the methods ({@code getDatabaseProductName}, {@code supportsSavepoints}, ...).
   * Asked for once.
   */
  Map<String, Object> databaseProperties() throws SQLException;

  /**
   * Compares the databases of all replicas as they are now, at one point of the order.
   *
   * @param repair whether those that differ are to take up a copy of the others, if f+1 agree
   */
  SqlVerification verify(boolean repair) throws SQLException;

  /** Closes all sessions and the connections. */
  @Override
  void close();
}
