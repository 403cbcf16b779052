package dev.lockstep.sql.message;

import java.util.Objects;

/**
 * A value that was reserved for a statement.
 *
 * @param source sequence or identity column that it is drawn from. The replicas compare it with
 *     what the statement draws, so that a master cannot have a value taken from another one
 */
public record DrawnId(String source, long value) {
  public DrawnId {
    Objects.requireNonNull(source, "source");
  }
}
