package dev.lockstep.sql.server;

import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.sql.SQLException;

/** Describes statements as applications wrote them. */
final class Descriptions {
  private Descriptions() {}

  /** Of the parameters those that the application gives. */
  static SqlDescription of(EngineTransaction transaction, Plan plan) throws SQLException {
    SqlDescription all = transaction.describe(plan.sql());
    return new SqlDescription(all.columnsOrNull(), plan.givenOf(all.parameters()));
  }
}
