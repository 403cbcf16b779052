package dev.lockstep.sql.server.engine;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the tables of a database. */
final class Catalog {
  private Catalog() {}

  private record Name(String schema, String table) {}

  interface ColumnReader {
    TableInfo.Column read(ResultSet row) throws SQLException;
  }

  /**
   * Reads them with two queries that have schema, table and column first, sorted.
   *
   * @param columns one row for each column of each table
   * @param keys one row for each column of each primary key, in the key's order
   */
  static List<TableInfo> tables(
      Connection connection, String columns, String keys, ColumnReader reader) throws SQLException {
    Map<Name, List<TableInfo.Column>> columnsOf = new LinkedHashMap<>();
    Map<Name, List<String>> keyOf = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row = statement.executeQuery(columns)) {
        while (row.next()) {
          columnsOf
              .computeIfAbsent(
                  new Name(row.getString(1), row.getString(2)), name -> new ArrayList<>())
              .add(reader.read(row));
        }
      }
      try (ResultSet row = statement.executeQuery(keys)) {
        while (row.next()) {
          keyOf
              .computeIfAbsent(
                  new Name(row.getString(1), row.getString(2)), name -> new ArrayList<>())
              .add(row.getString(3));
        }
      }
    }
    List<TableInfo> tables = new ArrayList<>();
    columnsOf.forEach(
        (name, found) ->
            tables.add(
                new TableInfo(
                    name.schema, name.table, found, keyOf.getOrDefault(name, List.of()))));
    return tables;
  }
}
