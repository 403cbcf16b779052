package dev.lockstep.sql.jdbc;

import java.sql.SQLException;
import java.sql.Savepoint;

/**
 * A savepoint of a connection.
 *
 * @param owner whose transaction it is in
 * @param number unique for the connection
 * @param nameOrNull as the application called it
 */
record LockstepSavepoint(LockstepConnection owner, int number, String nameOrNull)
    implements Savepoint {

  /** The name in the session, where only letters, digits and underscores are allowed. */
  String sessionName() {
    return "savepoint_" + number;
  }

  @Override
  public int getSavepointId() throws SQLException {
    if (nameOrNull != null) {
      throw new SQLException("The savepoint has a name and no number.");
    }
    return number;
  }

  @Override
  public String getSavepointName() throws SQLException {
    if (nameOrNull == null) {
      throw new SQLException("The savepoint has a number and no name.");
    }
    return nameOrNull;
  }
}
