package dev.lockstep.sql.server.engine;

import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlRows;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Results of JDBC as values that are the same on every replica. */
final class JdbcRows {
  /** Results larger than this are refused: they are held whole, several times. */
  static final long RESULT_BYTES_MAX = 32L << 20;

  private JdbcRows() {}

  static List<SqlColumn> columns(ResultSetMetaData metadata) throws SQLException {
    List<SqlColumn> columns = new ArrayList<>();
    for (int i = 1; i <= metadata.getColumnCount(); i++) {
      columns.add(
          new SqlColumn(
              metadata.getColumnLabel(i),
              metadata.getColumnName(i),
              orEmpty(metadata.getSchemaName(i)),
              orEmpty(metadata.getTableName(i)),
              metadata.getColumnType(i),
              orEmpty(metadata.getColumnTypeName(i)),
              orEmpty(metadata.getColumnClassName(i)),
              metadata.getPrecision(i),
              metadata.getScale(i),
              metadata.getColumnDisplaySize(i),
              metadata.isNullable(i),
              metadata.isAutoIncrement(i),
              metadata.isSigned(i),
              metadata.isCaseSensitive(i)));
    }
    return columns;
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  static SqlRows read(ResultSet results, List<SqlColumn> columns) throws SQLException {
    List<Object[]> rows = new ArrayList<>();
    long bytes = 0;
    while (results.next()) {
      Object[] row = row(results, columns);
      bytes += ResultHash.encoded(row).length;
      if (bytes > RESULT_BYTES_MAX) {
        throw new SQLException(
            "the result has more than "
                + (RESULT_BYTES_MAX >> 20)
                + " MiB; ask for it in parts, with LIMIT or a condition on the key",
            "54000");
      }
      rows.add(row);
    }
    return new SqlRows(columns, rows);
  }

  static Object[] row(ResultSet results, List<SqlColumn> columns) throws SQLException {
    Object[] row = new Object[columns.size()];
    for (int i = 0; i < row.length; i++) {
      row[i] = value(results, i + 1, columns.get(i));
    }
    return row;
  }

  private static Object value(ResultSet results, int index, SqlColumn column) throws SQLException {
    Object value =
        switch (column.jdbcType()) {
          case Types.BIT, Types.BOOLEAN ->
              column.typeName().equalsIgnoreCase("bit")
                  ? results.getString(index)
                  : (Object) results.getBoolean(index);
          case Types.TINYINT, Types.SMALLINT, Types.INTEGER -> results.getInt(index);
          case Types.BIGINT -> results.getLong(index);
          case Types.NUMERIC, Types.DECIMAL -> decimal(results, index);
          case Types.REAL -> results.getFloat(index);
          case Types.DOUBLE, Types.FLOAT ->
              column.typeName().equalsIgnoreCase("money")
                  ? results.getString(index)
                  : (Object) results.getDouble(index);
          case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB ->
              results.getBytes(index);
          case Types.DATE -> results.getObject(index, LocalDate.class);
          case Types.TIME -> time(results, index, column);
          case Types.TIME_WITH_TIMEZONE -> results.getObject(index, OffsetTime.class);
          case Types.TIMESTAMP -> timestamp(results, index, column);
          case Types.TIMESTAMP_WITH_TIMEZONE -> utc(results, index);
          case Types.ARRAY -> array(results.getArray(index));
          default ->
              column.typeName().equalsIgnoreCase("uuid")
                  ? results.getObject(index, UUID.class)
                  : results.getString(index);
        };
    return results.wasNull() ? null : value;
  }

  /** PostgreSQL's numbers may be no number. */
  private static Object decimal(ResultSet results, int index) throws SQLException {
    String text = results.getString(index);
    if (text == null) {
      return null;
    }
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      return text;
    }
  }

  /** PostgreSQL calls both kinds of times by one number. */
  private static Object time(ResultSet results, int index, SqlColumn column) throws SQLException {
    return column.typeName().equalsIgnoreCase("timetz")
        ? results.getObject(index, OffsetTime.class)
        : results.getObject(index, LocalTime.class);
  }

  private static Object timestamp(ResultSet results, int index, SqlColumn column)
      throws SQLException {
    return column.typeName().equalsIgnoreCase("timestamptz")
        ? utc(results, index)
        : results.getObject(index, LocalDateTime.class);
  }

  private static Object utc(ResultSet results, int index) throws SQLException {
    OffsetDateTime time = results.getObject(index, OffsetDateTime.class);
    return time == null ? null : time.withOffsetSameInstant(ZoneOffset.UTC);
  }

  private static Object array(Array array) throws SQLException {
    return array == null ? null : element(array.getArray());
  }

  private static Object element(Object value) {
    if (value instanceof Object[] elements) {
      Object[] copy = new Object[elements.length];
      for (int i = 0; i < copy.length; i++) {
        copy[i] = element(elements[i]);
      }
      return copy;
    } else if (value instanceof Short || value instanceof Byte) {
      return ((Number) value).intValue();
    } else if (value instanceof java.sql.Timestamp timestamp) {
      return timestamp.toLocalDateTime();
    } else if (value instanceof java.sql.Date date) {
      return date.toLocalDate();
    } else if (value instanceof java.sql.Time time) {
      return time.toLocalTime();
    } else if (value == null
        || value instanceof Boolean
        || value instanceof Number
        || value instanceof String
        || value instanceof byte[]
        || value instanceof UUID
        || value instanceof java.time.temporal.Temporal) {
      return value;
    }
    return value.toString();
  }
}
