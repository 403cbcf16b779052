package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlErrors;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.SqlStatement;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Array;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A session that passes everything on to a connection of an engine. */
final class PlainSession implements SqlSession {
  private final PlainClient client;
  private final Connection connection;
  private final Map<String, java.sql.Savepoint> savepoints = new HashMap<>();
  private boolean autoCommit = true;
  private boolean readOnly;
  private boolean begun;
  private boolean failed;
  private volatile boolean closed;
  int timeoutMillis;

  PlainSession(PlainClient client) throws SQLException {
    this.client = client;
    connection = client.connect();
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
  }

  @Override
  public void setAutoCommit(boolean on) throws SQLException {
    connection.setAutoCommit(on);
    autoCommit = on;
  }

  @Override
  public boolean isAutoCommit() {
    return autoCommit;
  }

  @Override
  public void setReadOnly(boolean on) {
    readOnly = on;
  }

  @Override
  public boolean isReadOnly() {
    return readOnly;
  }

  @Override
  public boolean isInTransaction() {
    return begun;
  }

  @Override
  public void setSchema(String schemaOrNull) throws SQLException {
    connection.setSchema(schemaOrNull);
  }

  @Override
  public String schema() throws SQLException {
    return connection.getSchema();
  }

  @Override
  public SqlResult execute(SqlStatement statement) throws SQLException {
    if (failed) {
      throw SqlErrors.exception("25P02", "The transaction has failed before.");
    }
    begun = !autoCommit;
    failed = begun;
    SqlResult result = perform(statement);
    failed = false;
    return result;
  }

  private SqlResult perform(SqlStatement statement) throws SQLException {
    if (readOnly && !statement.sql().strip().toLowerCase().startsWith("select")) {
      throw SqlErrors.exception("25006", "The transaction only reads.");
    }
    try (PreparedStatement prepared = prepare(statement)) {
      prepared.setMaxRows(statement.maxRows());
      int index = 0;
      for (SqlParameter parameter : statement.parameters()) {
        prepared.setObject(++index, parameter.valueOrNull());
      }
      if (prepared.execute()) {
        try (ResultSet rows = prepared.getResultSet()) {
          return SqlResult.ofRows(rows(rows));
        }
      }
      long count = prepared.getUpdateCount();
      if (!statement.keys().wanted()) {
        return SqlResult.ofCount(count);
      }
      try (ResultSet keys = prepared.getGeneratedKeys()) {
        return new SqlResult(null, count, rows(keys));
      }
    }
  }

  private PreparedStatement prepare(SqlStatement statement) throws SQLException {
    if (!statement.keys().wanted()) {
      return connection.prepareStatement(statement.sql());
    } else if (statement.keys().columns().isEmpty()) {
      return connection.prepareStatement(statement.sql(), java.sql.Statement.RETURN_GENERATED_KEYS);
    }
    return connection.prepareStatement(
        statement.sql(), statement.keys().columns().toArray(new String[0]));
  }

  @Override
  public List<SqlResult> executeBatch(List<SqlStatement> statements) throws SQLException {
    List<SqlResult> results = new ArrayList<>();
    for (SqlStatement statement : statements) {
      try {
        results.add(execute(statement));
      } catch (SQLException e) {
        throw new BatchUpdateException(
            e.getMessage(),
            e.getSQLState(),
            e.getErrorCode(),
            results.stream().mapToInt(result -> (int) result.updateCount()).toArray(),
            e);
      }
    }
    return results;
  }

  @Override
  public SqlDescription describe(String sql) throws SQLException {
    try (PreparedStatement prepared = connection.prepareStatement(sql)) {
      List<SqlDescription.Parameter> parameters = new ArrayList<>();
      ParameterMetaData markers = prepared.getParameterMetaData();
      for (int i = 1; i <= markers.getParameterCount(); i++) {
        parameters.add(
            new SqlDescription.Parameter(
                markers.getParameterType(i),
                markers.getParameterTypeName(i),
                markers.getParameterClassName(i),
                markers.getPrecision(i),
                markers.getScale(i),
                markers.isNullable(i)));
      }
      ResultSetMetaData columns = prepared.getMetaData();
      return new SqlDescription(columns == null ? null : columns(columns), parameters);
    }
  }

  private static SqlRows rows(ResultSet from) throws SQLException {
    List<SqlColumn> columns = columns(from.getMetaData());
    List<Object[]> rows = new ArrayList<>();
    while (from.next()) {
      Object[] row = new Object[columns.size()];
      for (int i = 0; i < row.length; i++) {
        Class<?> type = Conversions.classOrNull(columns.get(i).jdbcType());
        Object value = type == null ? from.getObject(i + 1) : from.getObject(i + 1, type);
        row[i] = value instanceof Array array ? array.getArray() : value;
      }
      rows.add(row);
    }
    return new SqlRows(columns, rows);
  }

  private static List<SqlColumn> columns(ResultSetMetaData from) throws SQLException {
    List<SqlColumn> columns = new ArrayList<>();
    for (int i = 1; i <= from.getColumnCount(); i++) {
      columns.add(
          new SqlColumn(
              from.getColumnLabel(i),
              from.getColumnName(i),
              from.getSchemaName(i),
              from.getTableName(i),
              from.getColumnType(i),
              from.getColumnTypeName(i),
              from.getColumnClassName(i),
              from.getPrecision(i),
              from.getScale(i),
              from.getColumnDisplaySize(i),
              from.isNullable(i),
              from.isAutoIncrement(i),
              from.isSigned(i),
              from.isCaseSensitive(i)));
    }
    return columns;
  }

  @Override
  public void commit() throws SQLException {
    connection.commit();
    begun = false;
  }

  @Override
  public void rollback() throws SQLException {
    connection.rollback();
    begun = false;
    failed = false;
  }

  @Override
  public void setSavepoint(String name) throws SQLException {
    savepoints.put(name, connection.setSavepoint(name));
  }

  @Override
  public void rollbackTo(String name) throws SQLException {
    connection.rollback(savepoints.get(name));
    failed = false;
  }

  @Override
  public void releaseSavepoint(String name) throws SQLException {
    connection.releaseSavepoint(savepoints.remove(name));
  }

  @Override
  public void cancel() {}

  @Override
  public void setTimeoutMillis(int millis) {
    timeoutMillis = millis;
  }

  @Override
  public boolean isValid(int timeoutMillis) {
    return !closed;
  }

  @Override
  public SqlRows metadata(String name, Object... arguments) throws SQLException {
    for (Method method : DatabaseMetaData.class.getMethods()) {
      if (method.getName().equals(name) && method.getParameterCount() == arguments.length) {
        Object[] given = arguments.clone();
        for (int i = 0; i < given.length; i++) {
          if (given[i] instanceof Object[] texts) {
            given[i] = java.util.Arrays.copyOf(texts, texts.length, String[].class);
          }
        }
        try (ResultSet rows = (ResultSet) method.invoke(connection.getMetaData(), given)) {
          return rows(rows);
        } catch (InvocationTargetException e) {
          throw (SQLException) e.getCause();
        } catch (IllegalAccessException e) {
          throw new SQLException(e);
        }
      }
    }
    throw new SQLException("no metadata " + name, "0A000", Types.OTHER);
  }

  @Override
  public SqlClient client() {
    return client;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void abort() {
    closed = true;
  }

  @Override
  public void close() throws SQLException {
    closed = true;
    connection.close();
  }
}
