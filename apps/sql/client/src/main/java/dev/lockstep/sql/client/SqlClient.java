package dev.lockstep.sql.client;

import java.sql.SQLException;
import java.util.Map;

/**
 * A program's connection to a replicated database: one identity, shared by any number of sessions,
 * which cost nothing to open. Safe for any number of threads.
 */
public interface SqlClient extends AutoCloseable {
  /** A session of its own, with auto-commit on. Sends nothing. */
  SqlSession openSession() throws SQLException;

  /**
   * What the engine says of itself: the results of the methods of its {@link
   * java.sql.DatabaseMetaData} that take nothing and return a number, a text or a truth value, by
   * the names of the methods ({@code getDatabaseProductName}, {@code supportsSavepoints}, ...).
   * Asked for once.
   */
  Map<String, Object> databaseProperties() throws SQLException;

  /** Closes all sessions and the connections. */
  @Override
  void close();
}
