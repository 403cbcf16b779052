package dev.lockstep.sql.tpcc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Inserts rows in batches, each of which is a transaction. */
final class BatchInsert implements AutoCloseable {
  private static final int ROWS_MAX = 500;

  private final Connection connection;
  private final PreparedStatement insert;
  private int rows;

  BatchInsert(Connection connection, String table, int columns) throws SQLException {
    this.connection = connection;
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
    connection.commit();
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
