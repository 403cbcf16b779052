package dev.lockstep.sql.tpcc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Inserts rows in batches. With auto-commit, because then a batch is a transaction of its own that
 * takes one round trip with most drivers.
 */
final class BatchInsert implements AutoCloseable {
  private static final int ROWS_MAX = 500;

  private final PreparedStatement insert;
  private int rows;

  BatchInsert(Connection connection, String table, int columns) throws SQLException {
    connection.setAutoCommit(true);
    insert =
        connection.prepareStatement(
            "insert into " + table + " values (?" + ", ?".repeat(columns - 1) + ")");
  }

  void add(Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      insert.setObject(i + 1, values[i]);
    }
    insert.addBatch();
    if (++rows == ROWS_MAX) {
      flush();
    }
  }

  private void flush() throws SQLException {
    insert.executeBatch();
    rows = 0;
  }

  @Override
  public void close() throws SQLException {
    if (rows > 0) {
      flush();
    }
    insert.close();
  }
}
