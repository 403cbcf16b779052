package dev.lockstep.sql.server.engine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What engines that are reached by JDBC have in common: connections, and their reuse. */
abstract class JdbcEngine implements Engine {
  /** Idle connections that are kept. */
  private static final int IDLE_MAX = 64;

  /** Answers that differ between replicas, or are no business of clients. */
  private static final Set<String> PRIVATE_PROPERTIES =
      Set.of("getURL", "getUserName", "isReadOnly", "hashCode", "toString");

  // Guarded by this.
  private final Deque<JdbcConnection> idle = new ArrayDeque<>();
  private final Set<JdbcConnection> inUse = new HashSet<>();
  private boolean closed;

  /** Makes a connection that does not commit by itself. */
  abstract Connection connect() throws SQLException;

  /** Takes a connection for a while. */
  final JdbcConnection take() throws SQLException {
    synchronized (this) {
      if (closed) {
        throw new SQLException("the database is closed", "08003");
      }
      JdbcConnection known = idle.poll();
      if (known != null) {
        inUse.add(known);
        return known;
      }
    }
    JdbcConnection made = new JdbcConnection(this, connect());
    synchronized (this) {
      inUse.add(made);
    }
    return made;
  }

  /** Gives it back, without an open transaction. */
  final void giveBack(JdbcConnection connection, boolean reusable) {
    synchronized (this) {
      inUse.remove(connection);
      if (reusable && !closed && idle.size() < IDLE_MAX) {
        idle.push(connection);
        return;
      }
    }
    connection.discard();
  }

  /** Forgets connections that may remember how the tables were. */
  final void dropIdle() {
    Deque<JdbcConnection> dropped;
    synchronized (this) {
      dropped = new ArrayDeque<>(idle);
      idle.clear();
    }
    dropped.forEach(JdbcConnection::discard);
  }

  @Override
  public void define(String schema, String sql) throws SQLException {
    JdbcConnection connection = take();
    boolean good = false;
    try (Statement statement = connection.jdbc().createStatement()) {
      connection.useSchema(schema);
      statement.execute(sql);
      connection.jdbc().commit();
      good = true;
    } finally {
      if (!good) {
        connection.rollbackQuietly();
      }
      giveBack(connection, false);
      dropIdle();
    }
  }

  /** What the first column of a query has. */
  final Set<String> texts(String query) throws SQLException {
    Set<String> texts = new HashSet<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        texts.add(row.getString(1));
      }
    }
    return texts;
  }

  @Override
  public Map<String, Object> properties() throws SQLException {
    JdbcConnection connection = take();
    try {
      DatabaseMetaData metadata = connection.jdbc().getMetaData();
      Map<String, Object> properties = new TreeMap<>();
      for (Method method : DatabaseMetaData.class.getMethods()) {
        boolean plain =
            method.getParameterCount() == 0
                && Modifier.isAbstract(method.getModifiers())
                && (method.getReturnType() == boolean.class
                    || method.getReturnType() == int.class
                    || method.getReturnType() == String.class);
        if (plain && !PRIVATE_PROPERTIES.contains(method.getName())) {
          properties.put(method.getName(), method.invoke(metadata));
        }
      }
      return properties;
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof SQLException cause
          ? cause
          : new SQLException("the driver does not describe its database", e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("a method of a public interface", e);
    } finally {
      connection.rollbackQuietly();
      giveBack(connection, true);
    }
  }

  @Override
  public void close() {
    Set<JdbcConnection> all;
    synchronized (this) {
      closed = true;
      all = new HashSet<>(inUse);
      all.addAll(idle);
      idle.clear();
    }
    all.forEach(JdbcConnection::discard);
  }
}
