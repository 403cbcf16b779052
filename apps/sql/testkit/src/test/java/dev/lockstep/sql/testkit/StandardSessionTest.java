package dev.lockstep.sql.testkit;

import dev.lockstep.sql.client.SqlVariant;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class StandardSessionTest extends SessionContract {
  @Override
  SqlVariant variant() {
    return SqlVariant.STANDARD;
  }
}
