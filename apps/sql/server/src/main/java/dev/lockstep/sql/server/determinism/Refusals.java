package dev.lockstep.sql.server.determinism;

import java.sql.SQLException;

/** Makes refusals of what others found. */
public final class Refusals {
  private Refusals() {}

  /** The engine does not take the statement. */
  public static RefusedSql byEngine(SQLException e) {
    return new RefusedSql(e.getSQLState() == null ? "42000" : e.getSQLState(), e.getMessage());
  }

  /** A statement that is not possible where it is. */
  public static RefusedSql of(String sqlState, String sentence) {
    return new RefusedSql(sqlState, sentence);
  }

  /** There is no such sequence. */
  public static RefusedSql noSequence() {
    return new RefusedSql("42P01", "there is no such sequence or identity column");
  }

  /** There is no schema of this name. */
  public static RefusedSql noSchema(String name) {
    return new RefusedSql(
        "3F000", "there is no schema '" + name + "'; names of schemas are case-sensitive here");
  }
}
