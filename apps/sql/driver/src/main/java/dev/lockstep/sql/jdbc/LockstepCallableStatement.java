package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.jdbc.refused.NoNamedParameters;
import dev.lockstep.sql.jdbc.refused.NoOutParameters;
import dev.lockstep.sql.message.SqlStatement.Keys;

/** A call, or any other statement that an application prepares as one; it gives back rows only. */
final class LockstepCallableStatement extends LockstepPreparedStatement
    implements NoNamedParameters, NoOutParameters {

  LockstepCallableStatement(LockstepConnection connection, String sql, int resultType) {
    super(connection, sql, resultType, Keys.NONE);
  }
}
