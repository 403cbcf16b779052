package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.client.SqlSession;
import dev.lockstep.sql.jdbc.refused.Refusal;
import dev.lockstep.sql.message.SqlRows;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.RowIdLifetime;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/**
 * What the database says of itself. Most of the 180 methods are answered by the engine that the
 * replicas host: those without arguments once for a client, those with rows by a query each. Here
 * are only the answers that are ours, because they are about the driver, or about what replication
 * makes of the engine.
 */
final class EngineMetaData implements InvocationHandler {
  private static final Map<String, Object> OURS =
      Map.ofEntries(
          Map.entry("getDriverName", "Lockstep JDBC Driver"),
          Map.entry(
              "getDriverVersion",
              LockstepDriver.MAJOR_VERSION + "." + LockstepDriver.MINOR_VERSION),
          Map.entry("getDriverMajorVersion", LockstepDriver.MAJOR_VERSION),
          Map.entry("getDriverMinorVersion", LockstepDriver.MINOR_VERSION),
          Map.entry("getJDBCMajorVersion", 4),
          Map.entry("getJDBCMinorVersion", 3),
          Map.entry("getDefaultTransactionIsolation", LockstepConnection.ISOLATION),
          Map.entry("getResultSetHoldability", ResultSet.HOLD_CURSORS_OVER_COMMIT),
          Map.entry("getRowIdLifetime", RowIdLifetime.ROWID_UNSUPPORTED),
          Map.entry("getSQLStateType", DatabaseMetaData.sqlStateSQL),
          Map.entry("usesLocalFiles", false),
          Map.entry("usesLocalFilePerTable", false),
          Map.entry("supportsTransactions", true),
          Map.entry("supportsMultipleTransactions", true),
          Map.entry("supportsSavepoints", true),
          Map.entry("supportsBatchUpdates", true),
          Map.entry("supportsGetGeneratedKeys", true),
          Map.entry("generatedKeyAlwaysReturned", false),
          Map.entry("supportsNamedParameters", false),
          Map.entry("supportsMultipleResultSets", false),
          Map.entry("supportsMultipleOpenResults", false),
          Map.entry("supportsPositionedDelete", false),
          Map.entry("supportsPositionedUpdate", false),
          Map.entry("supportsStatementPooling", false),
          Map.entry("supportsStoredFunctionsUsingCallSyntax", false),
          Map.entry("supportsStoredProcedures", false),
          Map.entry("supportsRefCursors", false),
          Map.entry("locatorsUpdateCopy", true),
          Map.entry("autoCommitFailureClosesAllResultSets", false),
          Map.entry("supportsOpenCursorsAcrossCommit", true),
          Map.entry("supportsOpenCursorsAcrossRollback", true),
          Map.entry("supportsOpenStatementsAcrossCommit", true),
          Map.entry("supportsOpenStatementsAcrossRollback", true),
          // A change of tables is a transaction of its own, on any engine.
          Map.entry("dataDefinitionCausesTransactionCommit", true),
          Map.entry("dataDefinitionIgnoredInTransactions", false),
          Map.entry("supportsDataDefinitionAndDataManipulationTransactions", false),
          Map.entry("supportsDataManipulationTransactionsOnly", false));

  private final LockstepConnection connection;
  private final SqlSession session;
  private final String url;

  private EngineMetaData(LockstepConnection connection, SqlSession session, String url) {
    this.connection = connection;
    this.session = session;
    this.url = url;
  }

  static DatabaseMetaData of(LockstepConnection connection, SqlSession session, String url) {
    return (DatabaseMetaData)
        Proxy.newProxyInstance(
            EngineMetaData.class.getClassLoader(),
            new Class<?>[] {DatabaseMetaData.class},
            new EngineMetaData(connection, session, url));
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] argumentsOrNull) throws SQLException {
    Object[] arguments = argumentsOrNull == null ? new Object[0] : argumentsOrNull;
    String name = method.getName();
    switch (name) {
      case "equals":
        return proxy == arguments[0];
      case "hashCode":
        return System.identityHashCode(proxy);
      case "toString":
        return "metadata of " + url;
      case "unwrap":
        return Wrappers.unwrap(proxy, (Class<?>) arguments[0]);
      case "isWrapperFor":
        return ((Class<?>) arguments[0]).isInstance(proxy);
      default:
        connection.checkOpen();
    }
    switch (name) {
      case "getConnection":
        return connection;
      case "getURL":
        return url;
      case "isReadOnly":
        return connection.isReadOnly();
      case "supportsTransactionIsolationLevel":
        return LockstepConnection.isIsolation((Integer) arguments[0]);
      case "supportsResultSetType":
        return LockstepConnection.isResultType((Integer) arguments[0]);
      case "supportsResultSetConcurrency":
        return LockstepConnection.isResultType((Integer) arguments[0])
            && arguments[1].equals(ResultSet.CONCUR_READ_ONLY);
      case "supportsResultSetHoldability":
        return arguments[0].equals(ResultSet.HOLD_CURSORS_OVER_COMMIT);
      case "getClientInfoProperties":
        return LockstepResultSet.of(new SqlRows(List.of(), List.of()));
      default:
        return ofEngine(method, arguments);
    }
  }

  private Object ofEngine(Method method, Object[] arguments) throws SQLException {
    String name = method.getName();
    if (OURS.containsKey(name)) {
      return OURS.get(name);
    }
    if (method.getReturnType() == ResultSet.class) {
      return LockstepResultSet.of(session.metadata(name, sent(arguments)));
    }
    if (arguments.length > 0) {
      // What remains asks whether a kind of result notices changes, or types convert: none does.
      return false;
    }
    Object answer = session.client().databaseProperties().get(name);
    if (answer == null && method.getReturnType() != String.class) {
      throw Refusal.of("DatabaseMetaData." + name);
    }
    return answer;
  }

  /** Arrays as the session takes them. */
  private static Object[] sent(Object[] arguments) throws SQLException {
    Object[] sent = arguments.clone();
    for (int i = 0; i < sent.length; i++) {
      if (sent[i] instanceof int[]) {
        throw Refusal.because("User-defined types cannot be listed by the numbers of their kinds.");
      } else if (sent[i] instanceof String[] texts) {
        sent[i] = java.util.Arrays.copyOf(texts, texts.length, Object[].class);
      }
    }
    return sent;
  }
}
