package dev.lockstep.sql.message;

import java.util.List;

/**
 * What a statement will take and give, found without executing it.
 *
 * @param columnsOrNull of a query's result; null for a statement without rows
 * @param parameters one for each marker
 */
public record SqlDescription(List<SqlColumn> columnsOrNull, List<Parameter> parameters) {
  public SqlDescription {
    columnsOrNull = columnsOrNull == null ? null : List.copyOf(columnsOrNull);
    parameters = List.copyOf(parameters);
  }

  /**
   * A parameter marker.
   *
   * @param jdbcType one of {@link java.sql.Types}
   * @param nullable one of the {@code parameterNullable...} constants of {@link
   *     java.sql.ParameterMetaData}
   */
  public record Parameter(
      int jdbcType, String typeName, String className, int precision, int scale, int nullable) {}
}
