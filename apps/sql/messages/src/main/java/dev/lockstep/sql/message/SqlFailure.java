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
  public SqlFailure {
    Objects.requireNonNull(sqlState, "sqlState");
    Objects.requireNonNull(message, "message");
  }
}
