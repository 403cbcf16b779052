package dev.lockstep.sql.server.determinism;

import java.sql.SQLException;

/** Makes refusals of what others found. */
public final class Refusals {
  private Refusals() {}

  /** The engine does not take the statement. */
  public static RefusedSql byEngine(SQLException e) {
    return new RefusedSql(e.getSQLState() == null ? "42000" : e.getSQLState(), e.getMessage());
  }

  /** There is no such sequence. */
  public static RefusedSql noSequence() {
    return new RefusedSql("42P01", "there is no such sequence or identity column");
  }
}
