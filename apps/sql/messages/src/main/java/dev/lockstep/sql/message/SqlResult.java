package dev.lockstep.sql.message;

/**
 * What a statement came to: rows or a count.
 *
 * @param rowsOrNull the rows of a query
 * @param updateCount rows that a change touched, 0 for what touches none (such as DDL); -1 for a
 *     query
 * @param keysOrNull values that the database generated, if they were asked for
 */
public record SqlResult(SqlRows rowsOrNull, long updateCount, SqlRows keysOrNull) {
  /** Whether it has rows. */
  public boolean isQuery() {
    return rowsOrNull != null;
  }

  /** The result of a query. */
  public static SqlResult ofRows(SqlRows rows) {
    return new SqlResult(rows, -1, null);
  }

  /** The result of a change. */
  public static SqlResult ofCount(long updateCount) {
    return new SqlResult(null, updateCount, null);
  }
}
