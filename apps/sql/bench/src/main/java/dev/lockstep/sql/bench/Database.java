package dev.lockstep.sql.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * The database that a workload runs on.
 *
 * @param url for any JDBC driver that is on the class path
 * @param user as the driver wants it; may be empty
 * @param password as the driver wants it; may be empty
 * @param isolation of all transactions, one of the constants of {@link Connection} or of the driver
 */
public record Database(String url, String user, String password, int isolation) {

  /** A database with snapshots, or what its driver calls repeatable read. */
  public static Database of(String url) {
    return new Database(url, "", "", Connection.TRANSACTION_REPEATABLE_READ);
  }

  /** A new connection without auto-commit. */
  public Connection connect() throws SQLException {
    Connection connection =
        user.isEmpty() && password.isEmpty()
            ? DriverManager.getConnection(url)
            : DriverManager.getConnection(url, user, password);
    try {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(isolation);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }
}
