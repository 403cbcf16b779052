package dev.lockstep.sql.message;

import java.util.Objects;

/**
 * A column of a result, as the engine describes it.
 *
 * @param label the name to show and to ask for
 * @param name of the column in its table, or the label
 * @param schema of its table, or empty
 * @param table it comes from, or empty
 * @param jdbcType one of {@link java.sql.Types}
 * @param typeName what the engine calls the type
 * @param className the class of the objects that the engine's own driver would return
 * @param precision digits, or characters; 0 if it does not apply
 * @param scale digits behind the point
 * @param displaySize most characters of a value, as the engine says
 * @param nullable one of the {@code columnNullable...} constants of {@link
 *     java.sql.ResultSetMetaData}
 */
public record SqlColumn(
    String label,
    String name,
    String schema,
    String table,
    int jdbcType,
    String typeName,
    String className,
    int precision,
    int scale,
    int displaySize,
    int nullable,
    boolean autoIncrement,
    boolean signed,
    boolean caseSensitive) {
  public SqlColumn {
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(typeName, "typeName");
    Objects.requireNonNull(className, "className");
  }

  /** A column of which only this much matters. */
  public static SqlColumn of(String label, int jdbcType, String typeName) {
    return new SqlColumn(
        label,
        label,
        "",
        "",
        jdbcType,
        typeName,
        "java.lang.Object",
        0,
        0,
        0,
        2,
        false,
        true,
        true);
  }
}
