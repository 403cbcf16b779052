package dev.lockstep.sql.tpcc;

import java.sql.SQLException;

/** A transaction with its input drawn, so that it can be run again as it was. */
interface Work {
  Kind kind();

  /**
   * Does everything but the commit.
   *
   * @return false to roll back, as one of a hundred new orders must
   */
  boolean run(Statements statements) throws SQLException;
}
