package dev.lockstep.sql.tpcc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The statements of a connection, each prepared once. */
final class Statements {
  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  Statements(Connection connection) {
    this.connection = connection;
  }

  private PreparedStatement with(String sql, Object... values) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  /** All rows of a query. */
  List<Object[]> rows(String sql, Object... values) throws SQLException {
    List<Object[]> rows = new ArrayList<>();
    try (ResultSet result = with(sql, values).executeQuery()) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        Object[] row = new Object[columns];
        for (int i = 0; i < columns; i++) {
          row[i] = result.getObject(i + 1);
        }
        rows.add(row);
      }
    }
    return rows;
  }

  /** The row of a query that has one. */
  Object[] row(String sql, Object... values) throws SQLException {
    List<Object[]> rows = rows(sql, values);
    if (rows.size() != 1) {
      throw new SQLException(rows.size() + " rows instead of one for: " + sql, "21000");
    }
    return rows.get(0);
  }

  /** Changes one row. */
  void change(String sql, Object... values) throws SQLException {
    int count = with(sql, values).executeUpdate();
    if (count != 1) {
      throw new SQLException(count + " rows instead of one were changed by: " + sql, "21000");
    }
  }

  /** Changes rows with one round trip. */
  int[] batch(String sql, List<Object[]> rows) throws SQLException {
    PreparedStatement statement = null;
    for (Object[] values : rows) {
      statement = with(sql, values);
      statement.addBatch();
    }
    return statement.executeBatch();
  }

  /** Markers for a list of values, as {@code (?, ?, ?)}. */
  static String list(int count) {
    return "(?" + ", ?".repeat(count - 1) + ")";
  }

  static int number(Object value) {
    return ((Number) value).intValue();
  }
}
