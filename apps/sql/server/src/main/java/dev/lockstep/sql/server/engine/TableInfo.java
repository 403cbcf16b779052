package dev.lockstep.sql.server.engine;

import java.util.List;

/**
 * A table of the application.
 *
 * @param schema as stored
 * @param name as stored
 * @param columns in the table's order
 * @param primaryKey names of columns in the key's order; empty if there is none
 */
public record TableInfo(String schema, String name, List<Column> columns, List<String> primaryKey) {
  public TableInfo {
    columns = List.copyOf(columns);
    primaryKey = List.copyOf(primaryKey);
  }

  /**
   * A column.
   *
   * @param typeName in the engine's words
   * @param defaultOrNull the expression of its default
   * @param identity whether the engine numbers it
   * @param generatedAlways whether an identity refuses given values
   * @param computed whether it follows from others, so that it cannot be written
   * @param nullable whether it may be null
   */
  public record Column(
      String name,
      String typeName,
      String defaultOrNull,
      boolean identity,
      boolean generatedAlways,
      boolean computed,
      boolean nullable) {}

  /** The table's name in statements. */
  public String qualified() {
    return Dialect.quoted(schema) + "." + Dialect.quoted(name);
  }

  /** The columns that can be written, in the table's order. */
  public List<Column> stored() {
    return columns.stream().filter(column -> !column.computed).toList();
  }

  /** Reads all rows of the columns that can be written, in one order. */
  public String select() {
    List<String> names = stored().stream().map(column -> Dialect.quoted(column.name)).toList();
    String order =
        primaryKey.isEmpty()
            ? ""
            : " ORDER BY " + String.join(", ", primaryKey.stream().map(Dialect::quoted).toList());
    return "SELECT " + String.join(", ", names) + " FROM " + qualified() + order;
  }
}
