package dev.lockstep.sql.jdbc.refused;

import java.sql.Connection;
import java.sql.SQLClientInfoException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/** Who a client is, is said by its key: nothing else is noted about it. */
public interface NoClientInfo extends Connection {
  @Override
  default void setClientInfo(String name, String value) throws SQLClientInfoException {
    throw new SQLClientInfoException(
        "The group notes nothing about clients but their keys.", "0A000", Map.of());
  }

  @Override
  default void setClientInfo(Properties properties) throws SQLClientInfoException {
    if (!properties.isEmpty()) {
      setClientInfo(null, null);
    }
  }

  @Override
  default String getClientInfo(String name) throws SQLException {
    getClientInfo();
    return null;
  }

  @Override
  default Properties getClientInfo() throws SQLException {
    if (isClosed()) {
      throw new SQLException("The connection is closed.", "08003");
    }
    return new Properties();
  }
}
