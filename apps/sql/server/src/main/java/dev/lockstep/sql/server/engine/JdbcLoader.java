package dev.lockstep.sql.server.engine;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes rows in by batches of INSERT. */
final class JdbcLoader implements Engine.Loader {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcLoader.class);
  private static final int BATCH_ROWS = 500;

  private final Connection connection;
  private final Function<TableInfo.Column, String> marker;
  private final List<String> after;
  private TableInfo table;
  private PreparedStatement insert;
  private int waiting;

  /**
   * @param marker how the value of a column is written in a statement
   * @param after what is executed when all rows are there
   */
  JdbcLoader(Connection connection, Function<TableInfo.Column, String> marker, List<String> after) {
    this.connection = connection;
    this.marker = marker;
    this.after = after;
  }

  @Override
  public void add(TableInfo to, Object[] row) throws SQLException {
    if (to != table) {
      flush();
      table = to;
      insert =
          connection.prepareStatement(
              "INSERT INTO "
                  + to.qualified()
                  + " ("
                  + String.join(
                      ", ", to.stored().stream().map(c -> Dialect.quoted(c.name())).toList())
                  + ")"
                  + (to.columns().stream().anyMatch(TableInfo.Column::identity)
                      ? " OVERRIDING SYSTEM VALUE"
                      : "")
                  + " VALUES ("
                  + String.join(", ", to.stored().stream().map(marker).toList())
                  + ")");
    }
    for (int i = 0; i < row.length; i++) {
      if (row[i] == null) {
        insert.setNull(i + 1, Types.NULL);
      } else if (row[i] instanceof byte[] bytes) {
        insert.setBytes(i + 1, bytes);
      } else if (row[i] instanceof Object[] array) {
        insert.setArray(i + 1, connection.createArrayOf("varchar", array));
      } else {
        insert.setObject(i + 1, row[i]);
      }
    }
    insert.addBatch();
    if (++waiting == BATCH_ROWS) {
      insert.executeBatch();
      waiting = 0;
    }
  }

  private void flush() throws SQLException {
    if (insert != null) {
      if (waiting > 0) {
        insert.executeBatch();
        waiting = 0;
      }
      insert.close();
      insert = null;
    }
  }

  @Override
  public void finish() throws SQLException {
    flush();
    connection.commit();
    try (Statement statement = connection.createStatement()) {
      for (String sql : after) {
        statement.execute(sql);
      }
    }
    connection.commit();
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("the connection of a loader cannot be closed", e);
    }
  }
}
