package dev.lockstep.sql.server.determinism;

import dev.lockstep.sql.message.SqlFailure;

/** A statement that is not executed, the same on all replicas. It has no stack trace. */
public final class RefusedSql extends Exception {
  private static final long serialVersionUID = 1L;

  private final String sqlState;

  RefusedSql(String sqlState, String message) {
    super(message, null, false, false);
    this.sqlState = sqlState;
  }

  /** What the application is told. */
  public SqlFailure failure() {
    return new SqlFailure(sqlState, 0, getMessage());
  }
}
