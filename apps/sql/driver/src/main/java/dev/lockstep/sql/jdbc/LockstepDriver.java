package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlErrors;
import dev.lockstep.sql.jdbc.refused.Refusal;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;

/**
 * The driver for URLs that begin with {@code jdbc:lockstep:}. Connections of one folder share one
 * client, which is closed a while after the last of them.
 */
public final class LockstepDriver implements Driver {
  static final int MAJOR_VERSION = 0;
  static final int MINOR_VERSION = 1;

  private static final SharedClients CLIENTS = SharedClients.ofGroups();
  private static final Map<String, SqlClient> NAMED = new ConcurrentHashMap<>();

  static {
    try {
      DriverManager.registerDriver(new LockstepDriver());
    } catch (SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Made by {@link DriverManager}. */
  public LockstepDriver() {}

  @Override
  public Connection connect(String url, Properties info) throws SQLException {
    if (!acceptsURL(url)) {
      return null;
    }
    return open(ConnectionUrl.parse(url, info == null ? new Properties() : info));
  }

  /**
   * Gives a client that the program made itself a name, for URLs of the form {@code
   * jdbc:lockstep:@NAME}. Closing the client is up to the program, after it took the name back.
   *
   * @throws IllegalStateException if another client has that name
   */
  public static void name(String name, SqlClient client) {
    SqlClient before = NAMED.putIfAbsent(name, client);
    if (before != null && before != client) {
      throw new IllegalStateException("Another client has the name '" + name + "'");
    }
  }

  /** Takes a name back. Connections that are open stay open. */
  public static void forget(String name) {
    NAMED.remove(name);
  }

  static Connection open(ConnectionUrl url) throws SQLException {
    if (url.clientNameOrNull() != null) {
      SqlClient named = NAMED.get(url.clientNameOrNull());
      if (named == null) {
        throw SqlErrors.exception(
            "08001", "This program has no client with the name '" + url.clientNameOrNull() + "'.");
      }
      return new LockstepConnection(named, url, () -> {});
    }
    SharedClients.Lease lease = CLIENTS.lease(url.clientFolderOrNull(), url.variant());
    try {
      return new LockstepConnection(lease.client(), url, lease::release);
    } catch (SQLException | RuntimeException e) {
      lease.release();
      throw e;
    }
  }

  @Override
  public boolean acceptsURL(String url) {
    return ConnectionUrl.isOurs(url);
  }

  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
    return new DriverPropertyInfo[] {
      info(
          ConnectionUrl.TIMEOUT,
          Integer.toString(ConnectionUrl.TIMEOUT_DEFAULT_MILLIS),
          "How long a call waits for the group, in milliseconds."),
      info(ConnectionUrl.READ_ONLY, "false", "Whether connections begin as read-only."),
      info(ConnectionUrl.SCHEMA, null, "The schema in which names are sought at first."),
      info(ConnectionUrl.VARIANT, "optimised", "Of the protocol: optimised or standard.")
    };
  }

  private static DriverPropertyInfo info(String name, String value, String description) {
    DriverPropertyInfo info = new DriverPropertyInfo(name, value);
    info.description = description;
    return info;
  }

  @Override
  public int getMajorVersion() {
    return MAJOR_VERSION;
  }

  @Override
  public int getMinorVersion() {
    return MINOR_VERSION;
  }

  /** False: that takes the whole of SQL-92, and what cannot be replicated is refused. */
  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  @Override
  public Logger getParentLogger() throws java.sql.SQLFeatureNotSupportedException {
    throw Refusal.of("Driver.getParentLogger");
  }
}
