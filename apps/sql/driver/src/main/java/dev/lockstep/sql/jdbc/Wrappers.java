package dev.lockstep.sql.jdbc;

import java.sql.SQLException;

/** What {@link java.sql.Wrapper} asks for: our objects wrap nothing. */
final class Wrappers {
  private Wrappers() {}

  static <T> T unwrap(Object object, Class<T> type) throws SQLException {
    if (type.isInstance(object)) {
      return type.cast(object);
    }
    throw new SQLException(
        object.getClass().getSimpleName() + " is no " + type.getName() + " and wraps none.");
  }
}
