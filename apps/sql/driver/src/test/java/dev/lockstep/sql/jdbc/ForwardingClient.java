package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.client.SqlVerification;
import java.sql.SQLException;
import java.util.Map;

/** A client that tells when it is closed. */
record ForwardingClient(SqlClient client, Runnable onClose) implements SqlClient {
  @Override
  public SqlSession openSession() throws SQLException {
    return client.openSession();
  }

  @Override
  public Map<String, Object> databaseProperties() throws SQLException {
    return client.databaseProperties();
  }

  @Override
  public SqlVerification verify(boolean repair) throws SQLException {
    return client.verify(repair);
  }

  @Override
  public void close() {
    client.close();
    onClose.run();
  }
}
