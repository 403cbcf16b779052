package dev.lockstep.sql.message;

import java.math.BigDecimal;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.UUID;

/**
 * The classes that values of parameters and results have. Null stands for NULL.
 *
 * <table>
 *   <caption>SQL and Java</caption>
 *   <tr><td>BOOLEAN, BIT</td><td>{@link Boolean}</td></tr>
 *   <tr><td>TINYINT, SMALLINT, INTEGER</td><td>{@link Integer}</td></tr>
 *   <tr><td>BIGINT</td><td>{@link Long}</td></tr>
 *   <tr><td>NUMERIC, DECIMAL</td><td>{@link BigDecimal}</td></tr>
 *   <tr><td>REAL</td><td>{@link Float}</td></tr>
 *   <tr><td>DOUBLE, FLOAT</td><td>{@link Double}</td></tr>
 *   <tr><td>CHAR, VARCHAR, CLOB, JSON and whatever else has only a text</td><td>{@link String}</td></tr>
 *   <tr><td>BINARY, VARBINARY, BLOB, BYTEA</td><td>{@code byte[]}, not to be changed</td></tr>
 *   <tr><td>DATE</td><td>{@link LocalDate}</td></tr>
 *   <tr><td>TIME</td><td>{@link LocalTime}</td></tr>
 *   <tr><td>TIME WITH TIME ZONE</td><td>{@link OffsetTime}</td></tr>
 *   <tr><td>TIMESTAMP</td><td>{@link LocalDateTime}</td></tr>
 *   <tr><td>TIMESTAMP WITH TIME ZONE</td><td>{@link OffsetDateTime}; of results in UTC</td></tr>
 *   <tr><td>UUID</td><td>{@link UUID}</td></tr>
 *   <tr><td>ARRAY</td><td>{@code Object[]} of such values, not to be changed</td></tr>
 * </table>
 */
public final class SqlValues {
  /** How deep arrays may lie in arrays. */
  static final int DEPTH_MAX = 6;

  private SqlValues() {}

  /**
   * Refuses what cannot be sent.
   *
   * @throws IllegalArgumentException if the value has none of these classes
   */
  public static void check(Object valueOrNull) {
    check(valueOrNull, 0);
  }

  private static void check(Object value, int depth) {
    if (value instanceof Object[] array) {
      if (depth == DEPTH_MAX) {
        throw new IllegalArgumentException("arrays lie more than " + DEPTH_MAX + " deep");
      }
      for (Object element : array) {
        check(element, depth + 1);
      }
    } else if (value != null) {
      jdbcType(value);
    }
  }

  /**
   * The SQL type that fits a value.
   *
   * @throws IllegalArgumentException if it has none of these classes
   */
  public static int jdbcType(Object value) {
    if (value instanceof Boolean) {
      return Types.BOOLEAN;
    } else if (value instanceof Integer) {
      return Types.INTEGER;
    } else if (value instanceof Long) {
      return Types.BIGINT;
    } else if (value instanceof BigDecimal) {
      return Types.NUMERIC;
    } else if (value instanceof Float) {
      return Types.REAL;
    } else if (value instanceof Double) {
      return Types.DOUBLE;
    } else if (value instanceof String) {
      return Types.VARCHAR;
    } else if (value instanceof byte[]) {
      return Types.VARBINARY;
    } else if (value instanceof LocalDate) {
      return Types.DATE;
    } else if (value instanceof LocalTime) {
      return Types.TIME;
    } else if (value instanceof OffsetTime) {
      return Types.TIME_WITH_TIMEZONE;
    } else if (value instanceof LocalDateTime) {
      return Types.TIMESTAMP;
    } else if (value instanceof OffsetDateTime) {
      return Types.TIMESTAMP_WITH_TIMEZONE;
    } else if (value instanceof UUID) {
      return Types.OTHER;
    } else if (value instanceof Object[]) {
      return Types.ARRAY;
    }
    throw new IllegalArgumentException(
        "a value of " + value.getClass().getName() + " cannot be sent to a replicated database");
  }
}
