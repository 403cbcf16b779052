package dev.lockstep.sql.message;

import java.util.Objects;

/**
 * Why a statement or a transaction failed.
 *
 * @param sqlState five characters
 * @param vendorCode the engine's own number, or 0
 * @param message for people; may differ between replicas, so it is part of no hash
 */
public record SqlFailure(String sqlState, int vendorCode, String message) {
  /**
   * With SQLState 40001: the transaction met no other one; a definition or a checkpoint came
   * between, so that it can be begun anew.
   */
  public static final int ENDED_BY_GROUP = 40_999;

  /** Whether the transaction may come to the same if its steps are done again. */
  public boolean isEndedByGroup() {
    return sqlState.equals("40001") && vendorCode == ENDED_BY_GROUP;
  }

  public SqlFailure {
    Objects.requireNonNull(sqlState, "sqlState");
    Objects.requireNonNull(message, "message");
  }
}
