package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlErrors;
import dev.lockstep.sql.jdbc.refused.Refusal;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * A source of connections to one replicated database. It pools nothing: a connection costs nothing
 * to open, and all of them share the links to the replicas.
 */
public final class LockstepDataSource implements DataSource {
  private String url;

  /** One that awaits {@link #setUrl}. */
  public LockstepDataSource() {}

  /**
   * A source for a database.
   *
   * @param url as for {@link LockstepDriver}
   */
  public LockstepDataSource(String url) {
    setUrl(url);
  }

  /** Which database, as {@code jdbc:lockstep:FOLDER?...}. */
  public void setUrl(String url) {
    this.url = url;
  }

  /** What {@link #setUrl} was told. */
  public String getUrl() {
    return url;
  }

  @Override
  public Connection getConnection() throws SQLException {
    if (!ConnectionUrl.isOurs(url)) {
      throw SqlErrors.exception(
          "08001", "The URL is '" + url + "' but must begin with " + ConnectionUrl.PREFIX + ".");
    }
    return LockstepDriver.open(ConnectionUrl.parse(url, new Properties()));
  }

  /** As {@link #getConnection()}: the keys in the folder say who the client is. */
  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    return getConnection();
  }

  /** Null: nothing is written anywhere. */
  @Override
  public PrintWriter getLogWriter() {
    return null;
  }

  /** Does nothing: the driver logs through SLF4J. */
  @Override
  public void setLogWriter(PrintWriter out) {}

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    if (seconds != 0) {
      throw Refusal.because(
          "A connection is open at once; how long a call waits for the group is "
              + ConnectionUrl.TIMEOUT
              + " in the URL.");
    }
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw Refusal.of("DataSource.getParentLogger");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return Wrappers.unwrap(this, type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }
}
