package dev.lockstep.sql.bench;

import java.sql.SQLException;

/** What an error means for whoever runs transactions. */
public final class SqlStates {
  private SqlStates() {}

  /** Class 40: the transaction is rolled back and may be run again, by its own rights. */
  public static boolean isRetry(SQLException e) {
    return hasClass(e, "40");
  }

  /** Class 08: the connection is of no use any more. */
  public static boolean isBroken(SQLException e) {
    return hasClass(e, "08");
  }

  /**
   * Whether a commit that failed with this error cannot have happened. Anything else that a commit
   * throws leaves that open.
   */
  public static boolean isRolledBack(SQLException commitFailure) {
    return hasClass(commitFailure, "40")
        || hasClass(commitFailure, "23")
        || hasClass(commitFailure, "25");
  }

  private static boolean hasClass(SQLException e, String sqlStateClass) {
    return e.getSQLState() != null && e.getSQLState().startsWith(sqlStateClass);
  }
}
