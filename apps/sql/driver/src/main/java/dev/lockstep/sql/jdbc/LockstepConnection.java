package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlClient;
import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.jdbc.refused.NoClientInfo;
import dev.lockstep.sql.jdbc.refused.NoLocators;
import dev.lockstep.sql.jdbc.refused.Refusal;
import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.message.SqlStatement.Keys;
import java.sql.Array;
import java.sql.CallableStatement;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * A connection: one session with the group. For one thread at a time, but {@link #abort}, {@link
 * #isClosed} and {@link Statement#cancel} are for any.
 */
final class LockstepConnection implements NoLocators, NoClientInfo {
  /** A snapshot, which JDBC has no nearer name for. */
  static final int ISOLATION = TRANSACTION_REPEATABLE_READ;

  private final SqlSession session;
  private final ConnectionUrl url;
  private final Runnable onClose;
  private int timeoutMillis;
  private int savepoints;
  private String catalogOrNull;

  /**
   * @param onClose run once, when the connection is closed or aborted
   */
  LockstepConnection(SqlClient client, ConnectionUrl url, Runnable onClose) throws SQLException {
    session = client.openSession();
    this.url = url;
    this.onClose = onClose;
    timeoutMillis = url.timeoutMillis();
    session.setTimeoutMillis(timeoutMillis);
    if (url.readOnly()) {
      session.setReadOnly(true);
    }
    if (url.schemaOrNull() != null) {
      session.setSchema(url.schemaOrNull());
    }
  }

  void checkOpen() throws SQLException {
    if (session.isClosed()) {
      throw new SQLException("The connection is closed.", "08003");
    }
  }

  SqlResult execute(SqlStatement statement, int timeoutSeconds) throws SQLException {
    boolean isFirst = !session.isInTransaction();
    limit(timeoutSeconds);
    try {
      return session.execute(statement);
    } catch (SQLException e) {
      if (isFirst) {
        forgetTransaction(e);
      }
      throw e;
    } finally {
      limit(0);
    }
  }

  /**
   * A transaction whose first statement failed has done nothing yet, so it need not be rolled back
   * by the application before it goes on. Programs rely on that which try whether a table is there.
   */
  private void forgetTransaction(SQLException cause) {
    try {
      if (!session.isClosed() && session.isInTransaction()) {
        session.rollback();
      }
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }

  List<SqlResult> executeBatch(List<SqlStatement> statements, int timeoutSeconds)
      throws SQLException {
    limit(timeoutSeconds);
    try {
      return session.executeBatch(statements);
    } finally {
      limit(0);
    }
  }

  /** A statement may wait for less than the connection allows, not for more. */
  private void limit(int timeoutSeconds) {
    session.setTimeoutMillis(
        timeoutSeconds == 0
            ? timeoutMillis
            : (int) Math.min(timeoutMillis, timeoutSeconds * 1000L));
  }

  SqlDescription describe(String sql) throws SQLException {
    return session.describe(sql);
  }

  void cancel() throws SQLException {
    session.cancel();
  }

  static boolean isResultType(int type) {
    return type == ResultSet.TYPE_FORWARD_ONLY || type == ResultSet.TYPE_SCROLL_INSENSITIVE;
  }

  private void checkResults(int type, int concurrency, int holdability) throws SQLException {
    checkOpen();
    if (!isResultType(type)) {
      throw Refusal.because("Results do not show later changes; use TYPE_SCROLL_INSENSITIVE.");
    }
    if (concurrency != ResultSet.CONCUR_READ_ONLY) {
      throw Refusal.because("Results cannot be changed; use UPDATE statements.");
    }
    checkHoldability(holdability);
  }

  private static void checkHoldability(int holdability) throws SQLException {
    if (holdability != ResultSet.HOLD_CURSORS_OVER_COMMIT) {
      throw Refusal.because("Results stay readable after a commit; they cannot be closed by it.");
    }
  }

  private static String sql(String sqlOrNull) throws SQLException {
    if (sqlOrNull == null) {
      throw new SQLException("There is no SQL.", "42601");
    }
    return sqlOrNull;
  }

  @Override
  public Statement createStatement() throws SQLException {
    return createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
  }

  @Override
  public Statement createStatement(int type, int concurrency) throws SQLException {
    return createStatement(type, concurrency, ResultSet.HOLD_CURSORS_OVER_COMMIT);
  }

  @Override
  public Statement createStatement(int type, int concurrency, int holdability) throws SQLException {
    checkResults(type, concurrency, holdability);
    return new LockstepStatement(this, type);
  }

  @Override
  public PreparedStatement prepareStatement(String sql) throws SQLException {
    return prepareStatement(sql, Statement.NO_GENERATED_KEYS);
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int autoGeneratedKeys) throws SQLException {
    return prepare(sql, LockstepStatement.keysFor(autoGeneratedKeys));
  }

  @Override
  public PreparedStatement prepareStatement(String sql, String[] columns) throws SQLException {
    return prepare(sql, LockstepStatement.keysFor(columns));
  }

  private PreparedStatement prepare(String sql, Keys keys) throws SQLException {
    checkOpen();
    return new LockstepPreparedStatement(this, sql(sql), ResultSet.TYPE_FORWARD_ONLY, keys);
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int[] columns) throws SQLException {
    throw LockstepStatement.keysByNumber();
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency)
      throws SQLException {
    return prepareStatement(sql, type, concurrency, ResultSet.HOLD_CURSORS_OVER_COMMIT);
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
      throws SQLException {
    checkResults(type, concurrency, holdability);
    return new LockstepPreparedStatement(this, sql(sql), type, Keys.NONE);
  }

  @Override
  public CallableStatement prepareCall(String sql) throws SQLException {
    return prepareCall(sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY);
  }

  @Override
  public CallableStatement prepareCall(String sql, int type, int concurrency) throws SQLException {
    return prepareCall(sql, type, concurrency, ResultSet.HOLD_CURSORS_OVER_COMMIT);
  }

  @Override
  public CallableStatement prepareCall(String sql, int type, int concurrency, int holdability)
      throws SQLException {
    checkResults(type, concurrency, holdability);
    return new LockstepCallableStatement(this, sql(sql), type);
  }

  /** The SQL itself: engines read escapes of JDBC, where they know them. */
  @Override
  public String nativeSQL(String sql) throws SQLException {
    checkOpen();
    return sql(sql);
  }

  @Override
  public void setAutoCommit(boolean on) throws SQLException {
    checkOpen();
    if (on != session.isAutoCommit()) {
      session.setAutoCommit(on);
    }
  }

  @Override
  public boolean getAutoCommit() throws SQLException {
    checkOpen();
    return session.isAutoCommit();
  }

  @Override
  public void commit() throws SQLException {
    checkManual("commit");
    session.commit();
  }

  @Override
  public void rollback() throws SQLException {
    checkManual("roll back");
    session.rollback();
  }

  private void checkManual(String what) throws SQLException {
    checkOpen();
    if (session.isAutoCommit()) {
      throw new SQLException("There is nothing to " + what + " with auto-commit on.", "25000");
    }
  }

  @Override
  public Savepoint setSavepoint() throws SQLException {
    return savepoint(null);
  }

  @Override
  public Savepoint setSavepoint(String name) throws SQLException {
    return savepoint(name);
  }

  private Savepoint savepoint(String nameOrNull) throws SQLException {
    checkManual("return to");
    LockstepSavepoint savepoint = new LockstepSavepoint(this, ++savepoints, nameOrNull);
    session.setSavepoint(savepoint.sessionName());
    return savepoint;
  }

  @Override
  public void rollback(Savepoint savepoint) throws SQLException {
    checkManual("roll back");
    session.rollbackTo(own(savepoint).sessionName());
  }

  @Override
  public void releaseSavepoint(Savepoint savepoint) throws SQLException {
    checkManual("release");
    session.releaseSavepoint(own(savepoint).sessionName());
  }

  private LockstepSavepoint own(Savepoint savepoint) throws SQLException {
    if (savepoint instanceof LockstepSavepoint ours && ours.owner() == this) {
      return ours;
    }
    throw new SQLException("The savepoint is not one of this connection.", "3B001");
  }

  @Override
  public void setReadOnly(boolean on) throws SQLException {
    checkOpen();
    if (on != session.isReadOnly()) {
      session.setReadOnly(on);
    }
  }

  @Override
  public boolean isReadOnly() throws SQLException {
    checkOpen();
    return session.isReadOnly();
  }

  /** Whether transactions that ask for a level get what they ask for, or more. */
  static boolean isIsolation(int level) {
    return switch (level) {
      case TRANSACTION_READ_UNCOMMITTED, TRANSACTION_READ_COMMITTED, TRANSACTION_REPEATABLE_READ ->
          true;
      default -> false;
    };
  }

  /** Takes what a snapshot is at least; a transaction works on a snapshot in any case. */
  @Override
  public void setTransactionIsolation(int level) throws SQLException {
    checkOpen();
    if (!isIsolation(level)) {
      throw Refusal.because(
          "Transactions work on snapshots (TRANSACTION_REPEATABLE_READ), which is not level "
              + level
              + "; write skew is possible.");
    }
  }

  @Override
  public int getTransactionIsolation() throws SQLException {
    checkOpen();
    return ISOLATION;
  }

  @Override
  public DatabaseMetaData getMetaData() throws SQLException {
    checkOpen();
    return EngineMetaData.of(this, session, url.text());
  }

  /** Does nothing: a group has one database. */
  @Override
  public void setCatalog(String catalog) throws SQLException {
    checkOpen();
  }

  @Override
  public String getCatalog() throws SQLException {
    checkOpen();
    if (catalogOrNull == null) {
      // In a session of its own, so that no transaction begins here.
      try (SqlSession other = session.client().openSession()) {
        other.setReadOnly(true);
        List<Object[]> rows =
            other.execute(SqlStatement.of("SELECT CURRENT_CATALOG")).rowsOrNull().rows();
        catalogOrNull = Conversions.to(String.class, rows.get(0)[0]);
      }
    }
    return catalogOrNull;
  }

  @Override
  public void setSchema(String schema) throws SQLException {
    checkOpen();
    session.setSchema(schema);
  }

  @Override
  public String getSchema() throws SQLException {
    checkOpen();
    return session.schema();
  }

  @Override
  public void setHoldability(int holdability) throws SQLException {
    checkOpen();
    checkHoldability(holdability);
  }

  @Override
  public int getHoldability() throws SQLException {
    checkOpen();
    return ResultSet.HOLD_CURSORS_OVER_COMMIT;
  }

  @Override
  public boolean isValid(int seconds) throws SQLException {
    if (seconds < 0) {
      throw new SQLException("The timeout is " + seconds + " but must not be negative.", "22023");
    }
    return !session.isClosed()
        && session.isValid(
            seconds == 0 ? timeoutMillis : (int) Math.min(Integer.MAX_VALUE, seconds * 1000L));
  }

  @Override
  public void setNetworkTimeout(Executor executor, int millis) throws SQLException {
    checkOpen();
    if (millis < 0) {
      throw new SQLException("The timeout is " + millis + " but must not be negative.", "22023");
    }
    timeoutMillis = millis == 0 ? url.timeoutMillis() : millis;
    limit(0);
  }

  @Override
  public int getNetworkTimeout() throws SQLException {
    checkOpen();
    return timeoutMillis;
  }

  @Override
  public void close() throws SQLException {
    if (session.isClosed()) {
      onClose.run();
      return;
    }
    try {
      session.close();
    } finally {
      onClose.run();
    }
  }

  @Override
  public boolean isClosed() {
    return session.isClosed();
  }

  @Override
  public void abort(Executor executor) throws SQLException {
    if (executor == null) {
      throw new SQLException("There is no executor.", "22023");
    }
    session.abort();
    onClose.run();
  }

  @Override
  public Array createArrayOf(String typeName, Object[] elements) throws SQLException {
    checkOpen();
    return new LockstepArray(elements, typeName, Types.OTHER);
  }

  @Override
  public Map<String, Class<?>> getTypeMap() throws SQLException {
    checkOpen();
    return Map.of();
  }

  @Override
  public void setTypeMap(Map<String, Class<?>> map) throws SQLException {
    checkOpen();
    if (!map.isEmpty()) {
      throw Refusal.of("Connection.setTypeMap");
    }
  }

  /** None: whatever is wrong is an error. */
  @Override
  public SQLWarning getWarnings() throws SQLException {
    checkOpen();
    return null;
  }

  @Override
  public void clearWarnings() throws SQLException {
    checkOpen();
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(session) ? type.cast(session) : Wrappers.unwrap(this, type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this) || type.isInstance(session);
  }
}
