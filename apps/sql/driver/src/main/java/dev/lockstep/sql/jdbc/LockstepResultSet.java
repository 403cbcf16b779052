package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.jdbc.refused.Refusal;
import dev.lockstep.sql.message.SqlRows;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.List;

/** Rows that are all here, so that they can be scrolled and outlive their transaction. */
final class LockstepResultSet extends ResultColumns {
  private final LockstepStatement statementOrNull;
  private final List<Object[]> rows;
  private final int type;
  private int at = -1;
  private boolean closed;
  private int fetchSize;
  private int fetchDirection = FETCH_FORWARD;

  /**
   * @param type {@link #TYPE_FORWARD_ONLY} or {@link #TYPE_SCROLL_INSENSITIVE}
   */
  LockstepResultSet(LockstepStatement statementOrNull, SqlRows rows, int type) {
    super(rows);
    this.statementOrNull = statementOrNull;
    this.rows = rows.rows();
    this.type = type;
  }

  /** Rows of no statement. */
  static LockstepResultSet of(SqlRows rows) {
    return new LockstepResultSet(null, rows, TYPE_SCROLL_INSENSITIVE);
  }

  @Override
  void checkOpen() throws SQLException {
    if (closed) {
      throw new SQLException("The result is closed.", "24000");
    }
  }

  @Override
  Object[] row() throws SQLException {
    checkOpen();
    if (at < 0 || at >= rows.size()) {
      throw new SQLException(
          at < 0 ? "Call next() before the first row." : "The result has no more rows.", "24000");
    }
    return rows.get(at);
  }

  /** Moves to a row, or before or behind all of them. */
  private boolean moveTo(long index) {
    at = (int) Math.max(-1, Math.min(rows.size(), index));
    return at >= 0 && at < rows.size();
  }

  private void checkScrollable() throws SQLException {
    checkOpen();
    if (type == TYPE_FORWARD_ONLY) {
      throw new SQLException(
          "The result only goes forward; ask for TYPE_SCROLL_INSENSITIVE to scroll.", "55000");
    }
  }

  @Override
  public boolean next() throws SQLException {
    checkOpen();
    return moveTo(at + 1L);
  }

  @Override
  public boolean previous() throws SQLException {
    checkScrollable();
    return moveTo(at - 1L);
  }

  @Override
  public boolean first() throws SQLException {
    checkScrollable();
    return moveTo(0);
  }

  @Override
  public boolean last() throws SQLException {
    checkScrollable();
    return moveTo(rows.size() - 1L);
  }

  @Override
  public boolean absolute(int row) throws SQLException {
    checkScrollable();
    return moveTo(row < 0 ? (long) rows.size() + row : row - 1L);
  }

  @Override
  public boolean relative(int count) throws SQLException {
    checkScrollable();
    return moveTo((long) at + count);
  }

  @Override
  public void beforeFirst() throws SQLException {
    checkScrollable();
    moveTo(-1);
  }

  @Override
  public void afterLast() throws SQLException {
    checkScrollable();
    moveTo(rows.size());
  }

  @Override
  public boolean isBeforeFirst() throws SQLException {
    checkOpen();
    return at < 0 && !rows.isEmpty();
  }

  @Override
  public boolean isAfterLast() throws SQLException {
    checkOpen();
    return at >= rows.size() && !rows.isEmpty();
  }

  @Override
  public boolean isFirst() throws SQLException {
    checkOpen();
    return at == 0 && !rows.isEmpty();
  }

  @Override
  public boolean isLast() throws SQLException {
    checkOpen();
    return at == rows.size() - 1 && !rows.isEmpty();
  }

  @Override
  public int getRow() throws SQLException {
    checkOpen();
    return at < 0 || at >= rows.size() ? 0 : at + 1;
  }

  @Override
  public void close() throws SQLException {
    if (!closed) {
      closed = true;
      if (statementOrNull != null) {
        statementOrNull.resultClosed(this);
      }
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public Statement getStatement() throws SQLException {
    checkOpen();
    return statementOrNull;
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
  public void setFetchDirection(int direction) throws SQLException {
    checkOpen();
    if (direction != FETCH_FORWARD && type == TYPE_FORWARD_ONLY) {
      throw new SQLException("The result only goes forward.", "55000");
    }
    fetchDirection = direction;
  }

  @Override
  public int getFetchDirection() throws SQLException {
    checkOpen();
    return fetchDirection;
  }

  /** A hint that changes nothing: all rows are here. */
  @Override
  public void setFetchSize(int rows) throws SQLException {
    checkOpen();
    if (rows < 0) {
      throw new SQLException("The fetch size is " + rows + " but must not be negative.", "22023");
    }
    fetchSize = rows;
  }

  @Override
  public int getFetchSize() throws SQLException {
    checkOpen();
    return fetchSize;
  }

  @Override
  public int getType() throws SQLException {
    checkOpen();
    return type;
  }

  @Override
  public int getConcurrency() throws SQLException {
    checkOpen();
    return CONCUR_READ_ONLY;
  }

  @Override
  public int getHoldability() throws SQLException {
    checkOpen();
    return HOLD_CURSORS_OVER_COMMIT;
  }

  @Override
  public boolean rowUpdated() throws SQLException {
    throw Refusal.of("ResultSet.rowUpdated");
  }

  @Override
  public boolean rowInserted() throws SQLException {
    throw Refusal.of("ResultSet.rowInserted");
  }

  @Override
  public boolean rowDeleted() throws SQLException {
    throw Refusal.of("ResultSet.rowDeleted");
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
