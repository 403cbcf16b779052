package dev.lockstep.sql.tests.consumers;

import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.tests.Clusters;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Databases for tests with a parameter: each time an empty one. */
final class Databases {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private Databases() {}

  /** The name of a kind of database, and the URL of an empty one. */
  static Stream<Arguments> urls() throws SQLException {
    return Stream.of(
        Arguments.of("h2", "jdbc:h2:mem:consumer" + COUNT.incrementAndGet() + ";DB_CLOSE_DELAY=-1"),
        Arguments.of("lockstep, standard", Clusters.sharedUrl(SqlVariant.STANDARD)),
        Arguments.of("lockstep, optimised", Clusters.sharedUrl(SqlVariant.OPTIMISED)));
  }

  /** Drops all tables. */
  static void empty(String url) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      List<String> names = new ArrayList<>();
      try (ResultSet tables =
          connection.getMetaData().getTables(null, "PUBLIC", "%", new String[] {"BASE TABLE"})) {
        while (tables.next()) {
          names.add(tables.getString("TABLE_NAME"));
        }
      }
      for (String name : names) {
        statement.execute("drop table \"" + name + "\" cascade");
      }
    }
  }
}
