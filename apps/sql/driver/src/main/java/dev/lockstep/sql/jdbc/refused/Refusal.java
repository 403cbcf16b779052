package dev.lockstep.sql.jdbc.refused;

import java.sql.SQLFeatureNotSupportedException;

/** How a driver says that it does not have something. */
public final class Refusal {
  private static final String SQL_STATE = "0A000";

  private Refusal() {}

  /**
   * The exception for a method that is not supported.
   *
   * @param method as {@code Interface.method}
   */
  public static SQLFeatureNotSupportedException of(String method) {
    return new SQLFeatureNotSupportedException(
        "A replicated database does not support " + method + ".", SQL_STATE);
  }

  /** The exception for something else that is not supported, as a sentence. */
  public static SQLFeatureNotSupportedException because(String sentence) {
    return new SQLFeatureNotSupportedException(sentence, SQL_STATE);
  }
}
