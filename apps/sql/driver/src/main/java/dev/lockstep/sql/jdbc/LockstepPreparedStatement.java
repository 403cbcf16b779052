package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.jdbc.refused.RefusedParameters;
import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.message.SqlStatement.Keys;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;

/**
 * A statement with parameters. Preparing sends nothing: the SQL goes with each execution, and the
 * replicas remember what they have parsed.
 */
class LockstepPreparedStatement extends LockstepStatement implements RefusedParameters {
  /** More markers than any engine takes. */
  private static final int PARAMETERS_MAX = 65_535;

  private final LockstepConnection connection;
  private final String sql;
  private final Keys keys;
  private final List<SqlParameter> parameters = new ArrayList<>();
  private SqlDescription descriptionOrNull;

  LockstepPreparedStatement(LockstepConnection connection, String sql, int resultType, Keys keys) {
    super(connection, resultType);
    this.connection = connection;
    this.sql = sql;
    this.keys = keys;
  }

  private void set(int index, SqlParameter parameter) throws SQLException {
    checkOpen();
    if (index < 1 || index > PARAMETERS_MAX) {
      throw new SQLException("There is no parameter " + index + ".", "07009");
    }
    while (parameters.size() < index) {
      parameters.add(null);
    }
    parameters.set(index - 1, parameter);
  }

  private void set(int index, Object valueOrNull, int jdbcType) throws SQLException {
    set(index, Parameters.of(valueOrNull, jdbcType));
  }

  private SqlStatement statement() throws SQLException {
    checkOpen();
    int missing = parameters.indexOf(null);
    if (missing >= 0) {
      throw new SQLException("Parameter " + (missing + 1) + " is not set.", "07001");
    }
    return statement(sql, parameters, keys);
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    return runQuery(statement());
  }

  @Override
  public boolean execute() throws SQLException {
    return run(statement());
  }

  @Override
  public int executeUpdate() throws SQLException {
    return narrow(executeLargeUpdate());
  }

  @Override
  public long executeLargeUpdate() throws SQLException {
    return runUpdate(statement());
  }

  @Override
  public void addBatch() throws SQLException {
    addToBatch(statement());
  }

  @Override
  public void clearParameters() throws SQLException {
    checkOpen();
    parameters.clear();
  }

  private SqlDescription description() throws SQLException {
    checkOpen();
    if (descriptionOrNull == null) {
      descriptionOrNull = connection.describe(sql);
    }
    return descriptionOrNull;
  }

  @Override
  public ResultSetMetaData getMetaData() throws SQLException {
    SqlDescription description = description();
    return description.columnsOrNull() == null
        ? null
        : new RowMetaData(description.columnsOrNull());
  }

  @Override
  public ParameterMetaData getParameterMetaData() throws SQLException {
    return new MarkerMetaData(description().parameters());
  }

  @Override
  public void setNull(int index, int type) throws SQLException {
    set(index, new SqlParameter(null, type));
  }

  @Override
  public void setNull(int index, int type, String typeName) throws SQLException {
    setNull(index, type);
  }

  @Override
  public void setBoolean(int index, boolean value) throws SQLException {
    set(index, value, Types.BOOLEAN);
  }

  @Override
  public void setByte(int index, byte value) throws SQLException {
    set(index, value, Types.TINYINT);
  }

  @Override
  public void setShort(int index, short value) throws SQLException {
    set(index, value, Types.SMALLINT);
  }

  @Override
  public void setInt(int index, int value) throws SQLException {
    set(index, value, Types.INTEGER);
  }

  @Override
  public void setLong(int index, long value) throws SQLException {
    set(index, value, Types.BIGINT);
  }

  @Override
  public void setFloat(int index, float value) throws SQLException {
    set(index, value, Types.REAL);
  }

  @Override
  public void setDouble(int index, double value) throws SQLException {
    set(index, value, Types.DOUBLE);
  }

  @Override
  public void setBigDecimal(int index, BigDecimal value) throws SQLException {
    set(index, value, Types.NUMERIC);
  }

  @Override
  public void setString(int index, String value) throws SQLException {
    set(index, value, Types.VARCHAR);
  }

  @Override
  public void setNString(int index, String value) throws SQLException {
    setString(index, value);
  }

  @Override
  public void setBytes(int index, byte[] value) throws SQLException {
    set(index, value, Types.VARBINARY);
  }

  @Override
  public void setDate(int index, Date value) throws SQLException {
    set(index, Parameters.date(value, null));
  }

  @Override
  public void setDate(int index, Date value, Calendar calendar) throws SQLException {
    set(index, Parameters.date(value, calendar));
  }

  @Override
  public void setTime(int index, Time value) throws SQLException {
    set(index, Parameters.time(value, null));
  }

  @Override
  public void setTime(int index, Time value, Calendar calendar) throws SQLException {
    set(index, Parameters.time(value, calendar));
  }

  @Override
  public void setTimestamp(int index, Timestamp value) throws SQLException {
    set(index, Parameters.timestamp(value, null));
  }

  @Override
  public void setTimestamp(int index, Timestamp value, Calendar calendar) throws SQLException {
    set(index, Parameters.timestamp(value, calendar));
  }

  @Override
  public void setObject(int index, Object value) throws SQLException {
    set(index, Parameters.of(value));
  }

  @Override
  public void setObject(int index, Object value, int type) throws SQLException {
    set(index, value, type);
  }

  @Override
  public void setObject(int index, Object value, int type, int scale) throws SQLException {
    boolean scaled = type == Types.NUMERIC || type == Types.DECIMAL;
    SqlParameter parameter = Parameters.of(value, type);
    if (scaled && parameter.valueOrNull() instanceof BigDecimal decimal) {
      parameter = new SqlParameter(decimal.setScale(scale, java.math.RoundingMode.HALF_UP), type);
    }
    set(index, parameter);
  }

  @Override
  public void setObject(int index, Object value, SQLType type) throws SQLException {
    set(index, value, type.getVendorTypeNumber());
  }

  @Override
  public void setObject(int index, Object value, SQLType type, int scale) throws SQLException {
    setObject(index, value, type.getVendorTypeNumber(), scale);
  }

  @Override
  public void setArray(int index, Array value) throws SQLException {
    set(index, value, Types.ARRAY);
  }

  @Override
  public void setBlob(int index, Blob value) throws SQLException {
    set(index, value, Types.BLOB);
  }

  @Override
  public void setBlob(int index, InputStream value) throws SQLException {
    set(index, value, Types.BLOB);
  }

  @Override
  public void setBlob(int index, InputStream value, long length) throws SQLException {
    set(index, value == null ? null : Parameters.bytes(value, length), Types.BLOB);
  }

  @Override
  public void setClob(int index, Clob value) throws SQLException {
    set(index, value, Types.CLOB);
  }

  @Override
  public void setClob(int index, Reader value) throws SQLException {
    set(index, value, Types.CLOB);
  }

  @Override
  public void setClob(int index, Reader value, long length) throws SQLException {
    set(index, value == null ? null : Parameters.text(value, length), Types.CLOB);
  }

  @Override
  public void setNClob(int index, NClob value) throws SQLException {
    setClob(index, value);
  }

  @Override
  public void setNClob(int index, Reader value) throws SQLException {
    setClob(index, value);
  }

  @Override
  public void setNClob(int index, Reader value, long length) throws SQLException {
    setClob(index, value, length);
  }

  @Override
  public void setBinaryStream(int index, InputStream value) throws SQLException {
    set(index, value, Types.VARBINARY);
  }

  @Override
  public void setBinaryStream(int index, InputStream value, int length) throws SQLException {
    setBinaryStream(index, value, (long) length);
  }

  @Override
  public void setBinaryStream(int index, InputStream value, long length) throws SQLException {
    set(index, value == null ? null : Parameters.bytes(value, length), Types.VARBINARY);
  }

  @Override
  public void setAsciiStream(int index, InputStream value) throws SQLException {
    setAsciiStream(index, value, -1L);
  }

  @Override
  public void setAsciiStream(int index, InputStream value, int length) throws SQLException {
    setAsciiStream(index, value, (long) length);
  }

  @Override
  public void setAsciiStream(int index, InputStream value, long length) throws SQLException {
    set(
        index,
        value == null ? null : Parameters.text(value, length, StandardCharsets.US_ASCII),
        Types.VARCHAR);
  }

  @Override
  public void setCharacterStream(int index, Reader value) throws SQLException {
    set(index, value, Types.VARCHAR);
  }

  @Override
  public void setCharacterStream(int index, Reader value, int length) throws SQLException {
    setCharacterStream(index, value, (long) length);
  }

  @Override
  public void setCharacterStream(int index, Reader value, long length) throws SQLException {
    set(index, value == null ? null : Parameters.text(value, length), Types.VARCHAR);
  }

  @Override
  public void setNCharacterStream(int index, Reader value) throws SQLException {
    setCharacterStream(index, value);
  }

  @Override
  public void setNCharacterStream(int index, Reader value, long length) throws SQLException {
    setCharacterStream(index, value, length);
  }
}
