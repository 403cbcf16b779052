package dev.lockstep.sql.client;

import dev.lockstep.config.ClientDirectory;
import dev.lockstep.config.ClientSettings;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.network.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /**
   * A client of the cluster that a folder belongs to.
   *
   * @param clientFolder with a client's key, as {@code lockstep sql init} makes it, or the folder
   *     of a whole cluster, of which the first client is taken
   * @throws SQLException {@code 08001} with a sentence, if the folder will not do
   */
  static SqlClient open(Path clientFolder) throws SQLException {
    return open(clientFolder, SqlClientSettings.defaults());
  }

  /** As {@link #open(Path)}, with other settings. */
  static SqlClient open(Path clientFolder, SqlClientSettings settings) throws SQLException {
    try {
      Path own = clientFolder.resolve("client");
      ClientDirectory client =
          ClientDirectory.open(
              Files.isRegularFile(clientFolder.resolve("cluster.yaml")) && Files.isDirectory(own)
                  ? own
                  : clientFolder);
      SqlClusterFile sql =
          SqlClusterFile.read(
              client.clusterFile().resolveSibling(SqlClusterFile.NAME), client.cluster());
      return of(
          client.cluster(), client.credentials(), client.settings(), sql.endpoints(), settings);
    } catch (IOException e) {
      throw SqlErrors.exception("08001", e.getMessage());
    }
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
