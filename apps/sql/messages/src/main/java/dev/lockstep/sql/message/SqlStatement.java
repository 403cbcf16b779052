package dev.lockstep.sql.message;

import java.util.List;
import java.util.Objects;

/**
 * One statement with the values of its parameters.
 *
 * @param sql with {@code ?} as parameter markers
 * @param maxRows rows after which the result is cut off, or 0
 * @param keys whether what the database generates for inserted rows is wanted
 */
public record SqlStatement(String sql, List<SqlParameter> parameters, int maxRows, Keys keys) {
  public SqlStatement {
    Objects.requireNonNull(sql, "sql");
    parameters = List.copyOf(parameters);
    Objects.requireNonNull(keys, "keys");
    if (maxRows < 0) {
      throw new IllegalArgumentException("maxRows is " + maxRows + " but must not be negative");
    }
  }

  /**
   * Which generated values are wanted.
   *
   * @param wanted whether any
   * @param columns names of the columns; none for those that the engine takes for keys
   */
  public record Keys(boolean wanted, List<String> columns) {
    /** No generated values. */
    public static final Keys NONE = new Keys(false, List.of());

    /** What the engine takes for keys. */
    public static final Keys GENERATED = new Keys(true, List.of());

    public Keys {
      columns = List.copyOf(columns);
    }
  }

  /** A statement of which all rows are wanted and no keys. */
  public static SqlStatement of(String sql, Object... parameters) {
    return new SqlStatement(
        sql, java.util.Arrays.stream(parameters).map(SqlParameter::of).toList(), 0, Keys.NONE);
  }
}
