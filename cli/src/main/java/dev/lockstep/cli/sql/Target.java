package dev.lockstep.cli.sql;

import dev.lockstep.sql.bench.Database;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which database a command works with: a replicated one by its folder, or any other by its URL. */
final class Target {
  private static final String PREFIX = "jdbc:lockstep:";
  private static final Map<String, Integer> ISOLATIONS =
      Map.of(
          "read-committed", Connection.TRANSACTION_READ_COMMITTED,
          "repeatable-read", Connection.TRANSACTION_REPEATABLE_READ,
          "serializable", Connection.TRANSACTION_SERIALIZABLE);

  @Parameters(
      index = "0",
      paramLabel = "DIR|URL",
      description =
          "The folder of 'lockstep sql init', or the jdbc: URL of any database, to compare.")
  private String place;

  @Option(names = "--user", paramLabel = "NAME", description = "For a database by its URL.")
  private String user = "";

  @Option(names = "--password", paramLabel = "TEXT", description = "For a database by its URL.")
  private String password = "";

  /** The URL, whichever way the database was named. */
  String url() {
    return place.startsWith("jdbc:") ? place : PREFIX + place;
  }

  /** A connection as a program gets it, with auto-commit on. */
  Connection connect() throws SQLException {
    return user.isEmpty() && password.isEmpty()
        ? DriverManager.getConnection(url())
        : DriverManager.getConnection(url(), user, password);
  }

  /**
   * The database for a workload.
   *
   * @throws IllegalArgumentException if there is no such isolation
   */
  Database database(String isolation) {
    Integer level = ISOLATIONS.get(isolation);
    if (level == null) {
      throw new IllegalArgumentException(
          "--isolation is '"
              + isolation
              + "' but must be read-committed, repeatable-read or serializable");
    }
    return new Database(url(), user, password, level);
  }
}
