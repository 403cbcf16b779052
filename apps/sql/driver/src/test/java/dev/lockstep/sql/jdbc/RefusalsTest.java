package dev.lockstep.sql.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.client.SqlVariant;
import dev.lockstep.sql.jdbc.refused.NoNamedParameters;
import dev.lockstep.sql.jdbc.refused.NoOutParameters;
import dev.lockstep.sql.jdbc.refused.ReadOnlyRows;
import dev.lockstep.sql.jdbc.refused.RefusedParameters;
import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.SqlStatement.Keys;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.CallableStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Types;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each method that is refused says so, by its own name. */
class RefusalsTest {

  private static Object zero(Class<?> type) {
    return type.isPrimitive() ? Array.get(Array.newInstance(type, 1), 0) : null;
  }

  private static void allAreRefused(Object object, Class<?> refused) throws Exception {
    for (Method method : refused.getDeclaredMethods()) {
      Object[] arguments = new Object[method.getParameterCount()];
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = zero(method.getParameterTypes()[i]);
      }
      try {
        method.invoke(object, arguments);
        throw new AssertionError(method + " is not refused");
      } catch (InvocationTargetException e) {
        assertThat(e.getCause())
            .as(method.toString())
            .isInstanceOf(SQLFeatureNotSupportedException.class);
        assertThat(((SQLException) e.getCause()).getSQLState()).isEqualTo("0A000");
        assertThat(e.getCause()).hasMessageContaining("." + method.getName());
      }
    }
  }

  @Test
  void rows() throws Exception {
    ResultSet rows =
        LockstepResultSet.of(
            new SqlRows(
                List.of(SqlColumn.of("a", Types.INTEGER, "INTEGER")),
                List.<Object[]>of(new Object[] {5})));
    rows.next();
    allAreRefused(rows, ReadOnlyRows.class);
  }

  @Test
  void calls() throws Exception {
    PlainClient client = new PlainClient("refusals");
    ConnectionUrl url =
        new ConnectionUrl("jdbc:lockstep:@x", null, "x", SqlVariant.OPTIMISED, 1000, false, null);
    LockstepConnection connection = new LockstepConnection(client, url, () -> {});
    CallableStatement call =
        new LockstepCallableStatement(connection, "select 1", ResultSet.TYPE_FORWARD_ONLY);
    allAreRefused(call, NoNamedParameters.class);
    allAreRefused(call, NoOutParameters.class);
    allAreRefused(
        new LockstepPreparedStatement(
            connection, "select 1", ResultSet.TYPE_FORWARD_ONLY, Keys.NONE),
        RefusedParameters.class);
    connection.close();
    client.close();
  }
}
