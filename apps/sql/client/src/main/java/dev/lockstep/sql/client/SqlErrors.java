package dev.lockstep.sql.client;

import dev.lockstep.sql.message.SqlFailure;
import java.sql.SQLDataException;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLInvalidAuthorizationSpecException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLNonTransientException;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransactionRollbackException;
import java.sql.SQLTransientConnectionException;
import java.util.Map;
import java.util.TreeMap;

/** Failures as the exceptions that JDBC names for the class of their SQLState. */
public final class SqlErrors {
  private interface Maker {
    SQLException make(String message, String sqlState, int vendorCode);
  }

  private static final Map<String, Maker> BY_CLASS = new TreeMap<>();

  static {
    BY_CLASS.put("08", SQLNonTransientConnectionException::new);
    BY_CLASS.put("0A", SQLFeatureNotSupportedException::new);
    BY_CLASS.put("22", SQLDataException::new);
    BY_CLASS.put("23", SQLIntegrityConstraintViolationException::new);
    BY_CLASS.put("28", SQLInvalidAuthorizationSpecException::new);
    BY_CLASS.put("40", SQLTransactionRollbackException::new);
    BY_CLASS.put("42", SQLSyntaxErrorException::new);
    BY_CLASS.put("54", SQLNonTransientException::new);
  }

  private SqlErrors() {}

  /** The exception for a failure. */
  public static SQLException exception(SqlFailure failure) {
    return exception(failure.sqlState(), failure.vendorCode(), failure.message());
  }

  /** The exception for a failure that the client itself found. */
  public static SQLException exception(String sqlState, String message) {
    return exception(sqlState, 0, message);
  }

  private static SQLException exception(String sqlState, int vendorCode, String message) {
    Maker maker =
        switch (sqlState) {
          case "08001", "08004" -> SQLTransientConnectionException::new;
          case "57014" -> SQLTimeoutException::new;
          default ->
              BY_CLASS.getOrDefault(
                  sqlState.length() < 2 ? "" : sqlState.substring(0, 2), SQLException::new);
        };
    return maker.make(message, sqlState, vendorCode);
  }
}
