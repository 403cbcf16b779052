package dev.lockstep.sql.jdbc.refused;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;

/** Parameters have numbers only. */
public interface NoNamedParameters extends CallableStatement {
  @Override
  default void setAsciiStream(String name, InputStream value, int length) throws SQLException {
    throw Refusal.of("CallableStatement.setAsciiStream");
  }

  @Override
  default void setAsciiStream(String name, InputStream value, long length) throws SQLException {
    throw Refusal.of("CallableStatement.setAsciiStream");
  }

  @Override
  default void setAsciiStream(String name, InputStream value) throws SQLException {
    throw Refusal.of("CallableStatement.setAsciiStream");
  }

  @Override
  default void setBigDecimal(String name, BigDecimal value) throws SQLException {
    throw Refusal.of("CallableStatement.setBigDecimal");
  }

  @Override
  default void setBinaryStream(String name, InputStream value, int length) throws SQLException {
    throw Refusal.of("CallableStatement.setBinaryStream");
  }

  @Override
  default void setBinaryStream(String name, InputStream value, long length) throws SQLException {
    throw Refusal.of("CallableStatement.setBinaryStream");
  }

  @Override
  default void setBinaryStream(String name, InputStream value) throws SQLException {
    throw Refusal.of("CallableStatement.setBinaryStream");
  }

  @Override
  default void setBlob(String name, InputStream value, long length) throws SQLException {
    throw Refusal.of("CallableStatement.setBlob");
  }

  @Override
  default void setBlob(String name, InputStream value) throws SQLException {
    throw Refusal.of("CallableStatement.setBlob");
  }

  @Override
  default void setBlob(String name, Blob value) throws SQLException {
    throw Refusal.of("CallableStatement.setBlob");
  }

  @Override
  default void setBoolean(String name, boolean value) throws SQLException {
    throw Refusal.of("CallableStatement.setBoolean");
  }

  @Override
  default void setByte(String name, byte value) throws SQLException {
    throw Refusal.of("CallableStatement.setByte");
  }

  @Override
  default void setBytes(String name, byte[] value) throws SQLException {
    throw Refusal.of("CallableStatement.setBytes");
  }

  @Override
  default void setCharacterStream(String name, Reader value, int length) throws SQLException {
    throw Refusal.of("CallableStatement.setCharacterStream");
  }

  @Override
  default void setCharacterStream(String name, Reader value, long length) throws SQLException {
    throw Refusal.of("CallableStatement.setCharacterStream");
  }

  @Override
  default void setCharacterStream(String name, Reader value) throws SQLException {
    throw Refusal.of("CallableStatement.setCharacterStream");
  }

  @Override
  default void setClob(String name, Reader value, long length) throws SQLException {
    throw Refusal.of("CallableStatement.setClob");
  }

  @Override
  default void setClob(String name, Reader value) throws SQLException {
    throw Refusal.of("CallableStatement.setClob");
  }

  @Override
  default void setClob(String name, Clob value) throws SQLException {
    throw Refusal.of("CallableStatement.setClob");
  }

  @Override
  default void setDate(String name, Date value, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.setDate");
  }

  @Override
  default void setDate(String name, Date value) throws SQLException {
    throw Refusal.of("CallableStatement.setDate");
  }

  @Override
  default void setDouble(String name, double value) throws SQLException {
    throw Refusal.of("CallableStatement.setDouble");
  }

  @Override
  default void setFloat(String name, float value) throws SQLException {
    throw Refusal.of("CallableStatement.setFloat");
  }

  @Override
  default void setInt(String name, int value) throws SQLException {
    throw Refusal.of("CallableStatement.setInt");
  }

  @Override
  default void setLong(String name, long value) throws SQLException {
    throw Refusal.of("CallableStatement.setLong");
  }

  @Override
  default void setNCharacterStream(String name, Reader value, long length) throws SQLException {
    throw Refusal.of("CallableStatement.setNCharacterStream");
  }

  @Override
  default void setNCharacterStream(String name, Reader value) throws SQLException {
    throw Refusal.of("CallableStatement.setNCharacterStream");
  }

  @Override
  default void setNClob(String name, Reader value, long length) throws SQLException {
    throw Refusal.of("CallableStatement.setNClob");
  }

  @Override
  default void setNClob(String name, Reader value) throws SQLException {
    throw Refusal.of("CallableStatement.setNClob");
  }

  @Override
  default void setNClob(String name, NClob value) throws SQLException {
    throw Refusal.of("CallableStatement.setNClob");
  }

  @Override
  default void setNString(String name, String value) throws SQLException {
    throw Refusal.of("CallableStatement.setNString");
  }

  @Override
  default void setNull(String name, int value, String typeName) throws SQLException {
    throw Refusal.of("CallableStatement.setNull");
  }

  @Override
  default void setNull(String name, int value) throws SQLException {
    throw Refusal.of("CallableStatement.setNull");
  }

  @Override
  default void setObject(String name, Object value, int type, int scale) throws SQLException {
    throw Refusal.of("CallableStatement.setObject");
  }

  @Override
  default void setObject(String name, Object value, int type) throws SQLException {
    throw Refusal.of("CallableStatement.setObject");
  }

  @Override
  default void setObject(String name, Object value, SQLType type, int scale) throws SQLException {
    throw Refusal.of("CallableStatement.setObject");
  }

  @Override
  default void setObject(String name, Object value, SQLType type) throws SQLException {
    throw Refusal.of("CallableStatement.setObject");
  }

  @Override
  default void setObject(String name, Object value) throws SQLException {
    throw Refusal.of("CallableStatement.setObject");
  }

  @Override
  default void setRowId(String name, RowId value) throws SQLException {
    throw Refusal.of("CallableStatement.setRowId");
  }

  @Override
  default void setSQLXML(String name, SQLXML value) throws SQLException {
    throw Refusal.of("CallableStatement.setSQLXML");
  }

  @Override
  default void setShort(String name, short value) throws SQLException {
    throw Refusal.of("CallableStatement.setShort");
  }

  @Override
  default void setString(String name, String value) throws SQLException {
    throw Refusal.of("CallableStatement.setString");
  }

  @Override
  default void setTime(String name, Time value, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.setTime");
  }

  @Override
  default void setTime(String name, Time value) throws SQLException {
    throw Refusal.of("CallableStatement.setTime");
  }

  @Override
  default void setTimestamp(String name, Timestamp value, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.setTimestamp");
  }

  @Override
  default void setTimestamp(String name, Timestamp value) throws SQLException {
    throw Refusal.of("CallableStatement.setTimestamp");
  }

  @Override
  default void setURL(String name, URL value) throws SQLException {
    throw Refusal.of("CallableStatement.setURL");
  }
}
