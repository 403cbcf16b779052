package dev.lockstep.sql.message;

/**
 * The value of one parameter marker.
 *
 * @param valueOrNull of a class that {@link SqlValues} names, or null
 * @param jdbcType what the application called its type, one of {@link java.sql.Types}; {@link
 *     java.sql.Types#OTHER} leaves it to the engine
 */
public record SqlParameter(Object valueOrNull, int jdbcType) {
  public SqlParameter {
    SqlValues.check(valueOrNull);
  }

  /** A parameter whose type follows from its value. */
  public static SqlParameter of(Object valueOrNull) {
    return new SqlParameter(
        valueOrNull, valueOrNull == null ? java.sql.Types.NULL : SqlValues.jdbcType(valueOrNull));
  }
}
