package dev.lockstep.sql.message;

import java.util.List;

/**
 * Rows with their columns.
 *
 * @param rows each as long as {@code columns}, of values as {@link SqlValues} names them; not to be
 *     changed
 */
public record SqlRows(List<SqlColumn> columns, List<Object[]> rows) {
  public SqlRows {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }
}
