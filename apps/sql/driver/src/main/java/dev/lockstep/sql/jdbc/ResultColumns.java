package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.jdbc.refused.LabelledColumns;
import dev.lockstep.sql.jdbc.refused.ReadOnlyRows;
import dev.lockstep.sql.jdbc.refused.Refusal;
import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlRows;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The columns of the row at which a result stands. */
abstract class ResultColumns implements LabelledColumns, ReadOnlyRows {
  private final List<SqlColumn> columns;
  private Map<String, Integer> numbersOrNull;
  private boolean wasNull;

  ResultColumns(SqlRows rows) {
    columns = rows.columns();
  }

  /** The row at which the result stands. */
  abstract Object[] row() throws SQLException;

  abstract void checkOpen() throws SQLException;

  private Object value(int column) throws SQLException {
    Object[] row = row();
    checkColumn(column);
    Object value = row[column - 1];
    wasNull = value == null;
    return value;
  }

  private void checkColumn(int column) throws SQLException {
    if (column < 1 || column > columns.size()) {
      throw new SQLException(
          "There is no column " + column + "; the result has " + columns.size() + ".", "07009");
    }
  }

  private <T> T get(int column, Class<T> type, T ifNull) throws SQLException {
    T value = Conversions.to(type, value(column));
    return value == null ? ifNull : value;
  }

  @Override
  public boolean wasNull() throws SQLException {
    checkOpen();
    return wasNull;
  }

  @Override
  public int findColumn(String label) throws SQLException {
    checkOpen();
    if (numbersOrNull == null) {
      Map<String, Integer> numbers = new HashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        // Of columns with the same label the first one counts.
        numbers.putIfAbsent(columns.get(i).label().toLowerCase(Locale.ROOT), i + 1);
      }
      for (int i = 0; i < columns.size(); i++) {
        numbers.putIfAbsent(columns.get(i).name().toLowerCase(Locale.ROOT), i + 1);
      }
      numbersOrNull = numbers;
    }
    Integer number = label == null ? null : numbersOrNull.get(label.toLowerCase(Locale.ROOT));
    if (number == null) {
      throw new SQLException("The result has no column '" + label + "'.", "42703");
    }
    return number;
  }

  @Override
  public ResultSetMetaData getMetaData() throws SQLException {
    checkOpen();
    return new RowMetaData(columns);
  }

  @Override
  public String getString(int column) throws SQLException {
    return get(column, String.class, null);
  }

  @Override
  public String getNString(int column) throws SQLException {
    return getString(column);
  }

  @Override
  public boolean getBoolean(int column) throws SQLException {
    return get(column, Boolean.class, false);
  }

  @Override
  public byte getByte(int column) throws SQLException {
    return get(column, Byte.class, (byte) 0);
  }

  @Override
  public short getShort(int column) throws SQLException {
    return get(column, Short.class, (short) 0);
  }

  @Override
  public int getInt(int column) throws SQLException {
    return get(column, Integer.class, 0);
  }

  @Override
  public long getLong(int column) throws SQLException {
    return get(column, Long.class, 0L);
  }

  @Override
  public float getFloat(int column) throws SQLException {
    return get(column, Float.class, 0f);
  }

  @Override
  public double getDouble(int column) throws SQLException {
    return get(column, Double.class, 0d);
  }

  @Override
  public BigDecimal getBigDecimal(int column) throws SQLException {
    return get(column, BigDecimal.class, null);
  }

  @Override
  @Deprecated
  public BigDecimal getBigDecimal(int column, int scale) throws SQLException {
    BigDecimal value = getBigDecimal(column);
    return value == null ? null : value.setScale(scale, RoundingMode.HALF_UP);
  }

  @Override
  public byte[] getBytes(int column) throws SQLException {
    Object value = value(column);
    return value == null ? null : Conversions.bytes(value);
  }

  @Override
  public Date getDate(int column) throws SQLException {
    return get(column, Date.class, null);
  }

  @Override
  public Time getTime(int column) throws SQLException {
    return get(column, Time.class, null);
  }

  @Override
  public Timestamp getTimestamp(int column) throws SQLException {
    return get(column, Timestamp.class, null);
  }

  @Override
  public Date getDate(int column, Calendar calendar) throws SQLException {
    Object value = value(column);
    if (value == null || calendar == null) {
      return Conversions.to(Date.class, value);
    }
    return new Date(Temporals.instant(Temporals.date(value), calendar).toEpochMilli());
  }

  @Override
  public Time getTime(int column, Calendar calendar) throws SQLException {
    Object value = value(column);
    if (value == null || calendar == null) {
      return Conversions.to(Time.class, value);
    }
    return new Time(Temporals.instant(Temporals.time(value), calendar).toEpochMilli());
  }

  @Override
  public Timestamp getTimestamp(int column, Calendar calendar) throws SQLException {
    Object value = value(column);
    if (value == null || calendar == null) {
      return Conversions.to(Timestamp.class, value);
    }
    return Timestamp.from(Temporals.instant(value, calendar));
  }

  @Override
  public Object getObject(int column) throws SQLException {
    Object value = value(column);
    SqlColumn described = columns.get(column - 1);
    return Conversions.toObject(value, described.className(), described.jdbcType());
  }

  @Override
  public <T> T getObject(int column, Class<T> type) throws SQLException {
    if (type == Object.class) {
      return type.cast(getObject(column));
    }
    return Conversions.to(type, value(column));
  }

  @Override
  public Object getObject(int column, Map<String, Class<?>> types) throws SQLException {
    if (types == null || types.isEmpty()) {
      return getObject(column);
    }
    throw Refusal.of("ResultSet.getObject with a map of types");
  }

  @Override
  public Array getArray(int column) throws SQLException {
    return get(column, Array.class, null);
  }

  @Override
  public Blob getBlob(int column) throws SQLException {
    return get(column, Blob.class, null);
  }

  @Override
  public Clob getClob(int column) throws SQLException {
    return get(column, Clob.class, null);
  }

  @Override
  public NClob getNClob(int column) throws SQLException {
    throw Refusal.because("Use getClob or getString: a replicated database has no NClob.");
  }

  @Override
  public InputStream getBinaryStream(int column) throws SQLException {
    return get(column, InputStream.class, null);
  }

  @Override
  public InputStream getAsciiStream(int column) throws SQLException {
    String text = getString(column);
    return text == null ? null : new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public Reader getCharacterStream(int column) throws SQLException {
    return get(column, Reader.class, null);
  }

  @Override
  public Reader getNCharacterStream(int column) throws SQLException {
    return getCharacterStream(column);
  }
}
