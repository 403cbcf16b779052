package dev.lockstep.sql.testkit;

import dev.lockstep.sql.client.SqlVariant;

class OptimisedSessionTest extends SessionContract {
  @Override
  SqlVariant variant() {
    return SqlVariant.OPTIMISED;
  }
}
