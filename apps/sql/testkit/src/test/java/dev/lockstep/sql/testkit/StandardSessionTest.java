package dev.lockstep.sql.testkit;

import dev.lockstep.sql.client.SqlVariant;

class StandardSessionTest extends SessionContract {
  @Override
  SqlVariant variant() {
    return SqlVariant.STANDARD;
  }
}
