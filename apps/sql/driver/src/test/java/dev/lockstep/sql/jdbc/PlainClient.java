package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.client.SqlVerification;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Sessions on one embedded engine that nothing replicates, to test the driver alone. */
final class PlainClient implements SqlClient {
  private final String url;
  private final Connection keepsDatabase;
  int opened;
  boolean closed;

  PlainClient(String name) throws SQLException {
    url = "jdbc:h2:mem:" + name + ";LOCK_TIMEOUT=2000";
    keepsDatabase = connect();
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url);
  }

  @Override
  public SqlSession openSession() throws SQLException {
    opened++;
    return new PlainSession(this);
  }

  @Override
  public Map<String, Object> databaseProperties() throws SQLException {
    Map<String, Object> properties = new HashMap<>();
    for (Method method : DatabaseMetaData.class.getMethods()) {
      Class<?> type = method.getReturnType();
      if (method.getParameterCount() == 0 && (type == String.class || type.isPrimitive())) {
        try {
          properties.put(method.getName(), method.invoke(keepsDatabase.getMetaData()));
        } catch (ReflectiveOperationException e) {
          throw new SQLException(e);
        }
      }
    }
    return properties;
  }

  @Override
  public SqlVerification verify(boolean repair) {
    throw new UnsupportedOperationException("there is one database only");
  }

  @Override
  public void close() {
    closed = true;
    try {
      keepsDatabase.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
