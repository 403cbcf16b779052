package dev.lockstep.sql.server.engine;

import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.SqlStatement;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection with the statements that were prepared on it. One thread at a time, but for {@link
 * #cancel}.
 */
final class JdbcConnection {
  private static final Logger LOG = LoggerFactory.getLogger(JdbcConnection.class);
  private static final int STATEMENTS_MAX = 128;

  private record Key(String sql, SqlStatement.Keys keys) {}

  private record Prepared(PreparedStatement statement, List<SqlColumn> columnsOrNull) {}

  private final JdbcEngine engine;
  private final Connection jdbc;
  private final Map<Key, Prepared> prepared = new LinkedHashMap<>(16, 0.75f, true);
  private String schema = "";
  private volatile Statement running;

  JdbcConnection(JdbcEngine engine, Connection jdbc) {
    this.engine = engine;
    this.jdbc = jdbc;
  }

  Connection jdbc() {
    return jdbc;
  }

  /** Names without a schema are sought there from now on. Within a transaction or before one. */
  void useSchema(String wanted) throws SQLException {
    String effective = wanted.isEmpty() ? engine.dialect().defaultSchema() : wanted;
    if (!effective.equals(schema)) {
      closeStatements();
      jdbc.setSchema(effective);
      schema = effective;
    }
  }

  /** An engine may have returned to another schema. */
  void forgetSchema() {
    schema = "";
  }

  void run(String sql) throws SQLException {
    try (Statement statement = jdbc.createStatement()) {
      running = statement;
      statement.execute(sql);
    } finally {
      running = null;
    }
  }

  private Prepared prepare(String sql, SqlStatement.Keys keys) throws SQLException {
    Key key = new Key(sql, keys);
    Prepared known = prepared.get(key);
    if (known != null) {
      return known;
    }
    PreparedStatement statement =
        !keys.wanted()
            ? jdbc.prepareStatement(sql)
            : keys.columns().isEmpty()
                ? jdbc.prepareStatement(sql, Statement.RETURN_GENERATED_KEYS)
                : jdbc.prepareStatement(sql, keys.columns().toArray(new String[0]));
    Prepared made = new Prepared(statement, null);
    prepared.put(key, made);
    if (prepared.size() > STATEMENTS_MAX) {
      Key oldest = prepared.keySet().iterator().next();
      close(prepared.remove(oldest));
    }
    return made;
  }

  SqlResult execute(String sql, List<SqlParameter> parameters, int maxRows, SqlStatement.Keys keys)
      throws SQLException {
    Prepared known = prepare(sql, keys);
    PreparedStatement statement = known.statement;
    try {
      running = statement;
      statement.setMaxRows(maxRows);
      for (int i = 0; i < parameters.size(); i++) {
        bind(statement, i + 1, parameters.get(i));
      }
      boolean isQuery = statement.execute();
      if (isQuery) {
        try (ResultSet results = statement.getResultSet()) {
          List<SqlColumn> columns = known.columnsOrNull;
          if (columns == null) {
            columns = JdbcRows.columns(results.getMetaData());
            prepared.put(new Key(sql, keys), new Prepared(statement, columns));
          }
          return SqlResult.ofRows(JdbcRows.read(results, columns));
        }
      }
      long count = Math.max(0, statement.getLargeUpdateCount());
      SqlRows generated = null;
      if (keys.wanted()) {
        try (ResultSet results = statement.getGeneratedKeys()) {
          List<SqlColumn> columns = JdbcRows.columns(results.getMetaData());
          generated = columns.isEmpty() ? null : JdbcRows.read(results, columns);
        }
      }
      return new SqlResult(null, count, generated);
    } finally {
      running = null;
    }
  }

  private void bind(PreparedStatement statement, int index, SqlParameter parameter)
      throws SQLException {
    Object value = parameter.valueOrNull();
    if (value == null) {
      statement.setNull(index, parameter.jdbcType());
    } else if (value instanceof Object[] array) {
      bindArray(statement, index, array);
    } else if (value instanceof byte[] bytes) {
      statement.setBytes(index, bytes);
    } else if (value instanceof String text && parameter.jdbcType() == Types.OTHER) {
      statement.setObject(index, text, Types.OTHER);
    } else {
      statement.setObject(index, value);
    }
  }

  private void bindArray(PreparedStatement statement, int index, Object[] array)
      throws SQLException {
    Object first = Arrays.stream(array).filter(each -> each != null).findFirst().orElse("");
    String type =
        first instanceof Integer
            ? "integer"
            : first instanceof Long
                ? "bigint"
                : first instanceof Boolean
                    ? "boolean"
                    : first instanceof java.math.BigDecimal
                        ? "numeric"
                        : first instanceof java.util.UUID ? "uuid" : "varchar";
    statement.setArray(index, jdbc.createArrayOf(type, array));
  }

  void forEachRow(String sql, EngineTransaction.RowConsumer consumer) throws SQLException {
    try (PreparedStatement statement = jdbc.prepareStatement(sql)) {
      running = statement;
      statement.setFetchSize(1000);
      try (ResultSet results = statement.executeQuery()) {
        List<SqlColumn> columns = JdbcRows.columns(results.getMetaData());
        while (results.next()) {
          consumer.accept(JdbcRows.row(results, columns));
        }
      }
    } finally {
      running = null;
    }
  }

  SqlDescription describe(String sql) throws SQLException {
    try (PreparedStatement statement = jdbc.prepareStatement(sql)) {
      List<SqlDescription.Parameter> parameters = new ArrayList<>();
      ParameterMetaData takes = statement.getParameterMetaData();
      for (int i = 1; i <= takes.getParameterCount(); i++) {
        parameters.add(
            new SqlDescription.Parameter(
                takes.getParameterType(i),
                String.valueOf(takes.getParameterTypeName(i)),
                String.valueOf(takes.getParameterClassName(i)),
                takes.getPrecision(i),
                takes.getScale(i),
                takes.isNullable(i)));
      }
      return new SqlDescription(
          statement.getMetaData() == null ? null : JdbcRows.columns(statement.getMetaData()),
          parameters);
    }
  }

  SqlRows metadata(String method, List<SqlParameter> arguments) throws SQLException {
    for (Method each : DatabaseMetaData.class.getMethods()) {
      if (each.getName().equals(method)
          && each.getReturnType() == ResultSet.class
          && each.getParameterCount() == arguments.size()) {
        try (ResultSet results =
            (ResultSet) each.invoke(jdbc.getMetaData(), arguments(each, arguments))) {
          return JdbcRows.read(results, JdbcRows.columns(results.getMetaData()));
        } catch (InvocationTargetException e) {
          throw e.getCause() instanceof SQLException cause
              ? cause
              : new SQLException("the database cannot answer " + method, "0A000");
        } catch (IllegalAccessException | RuntimeException e) {
          throw new SQLException(method + " was given arguments of other types", "22023", e);
        }
      }
    }
    throw new SQLException(
        "a database has no method " + method + " with " + arguments.size() + " arguments", "0A000");
  }

  private static Object[] arguments(Method method, List<SqlParameter> given) {
    Object[] arguments = new Object[given.size()];
    for (int i = 0; i < arguments.length; i++) {
      Object value = given.get(i).valueOrNull();
      Class<?> type = method.getParameterTypes()[i];
      if (value instanceof Object[] array && type == String[].class) {
        value = Arrays.copyOf(array, array.length, String[].class);
      } else if (value instanceof Object[] array && type == int[].class) {
        value = Arrays.stream(array).mapToInt(each -> (Integer) each).toArray();
      }
      arguments[i] = value;
    }
    return arguments;
  }

  /** Ends the statement that runs, if one does. Any thread. */
  void cancel() {
    Statement now = running;
    if (now != null) {
      try {
        now.cancel();
      } catch (SQLException e) {
        LOG.debug("a statement that ended by itself could not be cancelled", e);
      }
    }
  }

  /** Rolls back; whether the connection is still of use. */
  boolean rollbackQuietly() {
    try {
      jdbc.rollback();
      return true;
    } catch (SQLException e) {
      LOG.debug("a connection that cannot roll back is dropped", e);
      return false;
    }
  }

  private void closeStatements() {
    prepared.values().forEach(JdbcConnection::close);
    prepared.clear();
  }

  private static void close(Prepared prepared) {
    try {
      prepared.statement.close();
    } catch (SQLException e) {
      LOG.debug("a prepared statement cannot be closed", e);
    }
  }

  void discard() {
    try {
      jdbc.close();
    } catch (SQLException e) {
      LOG.debug("a connection cannot be closed", e);
    }
  }
}
