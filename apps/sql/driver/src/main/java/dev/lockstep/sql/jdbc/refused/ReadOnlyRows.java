package dev.lockstep.sql.jdbc.refused;

import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;

/** Rows that cannot be changed in place, and what no value of a replicated database is. */
public interface ReadOnlyRows extends ResultSet {
  @Override
  default void cancelRowUpdates() throws SQLException {
    throw Refusal.of("ResultSet.cancelRowUpdates");
  }

  @Override
  default void deleteRow() throws SQLException {
    throw Refusal.of("ResultSet.deleteRow");
  }

  @Override
  default String getCursorName() throws SQLException {
    throw Refusal.of("ResultSet.getCursorName");
  }

  @Override
  default Ref getRef(int column) throws SQLException {
    throw Refusal.of("ResultSet.getRef");
  }

  @Override
  default RowId getRowId(int column) throws SQLException {
    throw Refusal.of("ResultSet.getRowId");
  }

  @Override
  default SQLXML getSQLXML(int column) throws SQLException {
    throw Refusal.of("ResultSet.getSQLXML");
  }

  @Override
  default URL getURL(int column) throws SQLException {
    throw Refusal.of("ResultSet.getURL");
  }

  @Override
  @Deprecated
  default InputStream getUnicodeStream(int column) throws SQLException {
    throw Refusal.of("ResultSet.getUnicodeStream");
  }

  @Override
  default void insertRow() throws SQLException {
    throw Refusal.of("ResultSet.insertRow");
  }

  @Override
  default void moveToCurrentRow() throws SQLException {
    throw Refusal.of("ResultSet.moveToCurrentRow");
  }

  @Override
  default void moveToInsertRow() throws SQLException {
    throw Refusal.of("ResultSet.moveToInsertRow");
  }

  @Override
  default void refreshRow() throws SQLException {
    throw Refusal.of("ResultSet.refreshRow");
  }

  @Override
  default void updateArray(int column, Array value) throws SQLException {
    throw Refusal.of("ResultSet.updateArray");
  }

  @Override
  default void updateAsciiStream(int column, InputStream value, int length) throws SQLException {
    throw Refusal.of("ResultSet.updateAsciiStream");
  }

  @Override
  default void updateAsciiStream(int column, InputStream value, long length) throws SQLException {
    throw Refusal.of("ResultSet.updateAsciiStream");
  }

  @Override
  default void updateAsciiStream(int column, InputStream value) throws SQLException {
    throw Refusal.of("ResultSet.updateAsciiStream");
  }

  @Override
  default void updateBigDecimal(int column, BigDecimal value) throws SQLException {
    throw Refusal.of("ResultSet.updateBigDecimal");
  }

  @Override
  default void updateBinaryStream(int column, InputStream value, int length) throws SQLException {
    throw Refusal.of("ResultSet.updateBinaryStream");
  }

  @Override
  default void updateBinaryStream(int column, InputStream value, long length) throws SQLException {
    throw Refusal.of("ResultSet.updateBinaryStream");
  }

  @Override
  default void updateBinaryStream(int column, InputStream value) throws SQLException {
    throw Refusal.of("ResultSet.updateBinaryStream");
  }

  @Override
  default void updateBlob(int column, InputStream value, long length) throws SQLException {
    throw Refusal.of("ResultSet.updateBlob");
  }

  @Override
  default void updateBlob(int column, InputStream value) throws SQLException {
    throw Refusal.of("ResultSet.updateBlob");
  }

  @Override
  default void updateBlob(int column, Blob value) throws SQLException {
    throw Refusal.of("ResultSet.updateBlob");
  }

  @Override
  default void updateBoolean(int column, boolean value) throws SQLException {
    throw Refusal.of("ResultSet.updateBoolean");
  }

  @Override
  default void updateByte(int column, byte value) throws SQLException {
    throw Refusal.of("ResultSet.updateByte");
  }

  @Override
  default void updateBytes(int column, byte[] value) throws SQLException {
    throw Refusal.of("ResultSet.updateBytes");
  }

  @Override
  default void updateCharacterStream(int column, Reader value, int length) throws SQLException {
    throw Refusal.of("ResultSet.updateCharacterStream");
  }

  @Override
  default void updateCharacterStream(int column, Reader value, long length) throws SQLException {
    throw Refusal.of("ResultSet.updateCharacterStream");
  }

  @Override
  default void updateCharacterStream(int column, Reader value) throws SQLException {
    throw Refusal.of("ResultSet.updateCharacterStream");
  }

  @Override
  default void updateClob(int column, Reader value, long length) throws SQLException {
    throw Refusal.of("ResultSet.updateClob");
  }

  @Override
  default void updateClob(int column, Reader value) throws SQLException {
    throw Refusal.of("ResultSet.updateClob");
  }

  @Override
  default void updateClob(int column, Clob value) throws SQLException {
    throw Refusal.of("ResultSet.updateClob");
  }

  @Override
  default void updateDate(int column, Date value) throws SQLException {
    throw Refusal.of("ResultSet.updateDate");
  }

  @Override
  default void updateDouble(int column, double value) throws SQLException {
    throw Refusal.of("ResultSet.updateDouble");
  }

  @Override
  default void updateFloat(int column, float value) throws SQLException {
    throw Refusal.of("ResultSet.updateFloat");
  }

  @Override
  default void updateInt(int column, int value) throws SQLException {
    throw Refusal.of("ResultSet.updateInt");
  }

  @Override
  default void updateLong(int column, long value) throws SQLException {
    throw Refusal.of("ResultSet.updateLong");
  }

  @Override
  default void updateNCharacterStream(int column, Reader value, long length) throws SQLException {
    throw Refusal.of("ResultSet.updateNCharacterStream");
  }

  @Override
  default void updateNCharacterStream(int column, Reader value) throws SQLException {
    throw Refusal.of("ResultSet.updateNCharacterStream");
  }

  @Override
  default void updateNClob(int column, Reader value, long length) throws SQLException {
    throw Refusal.of("ResultSet.updateNClob");
  }

  @Override
  default void updateNClob(int column, Reader value) throws SQLException {
    throw Refusal.of("ResultSet.updateNClob");
  }

  @Override
  default void updateNClob(int column, NClob value) throws SQLException {
    throw Refusal.of("ResultSet.updateNClob");
  }

  @Override
  default void updateNString(int column, String value) throws SQLException {
    throw Refusal.of("ResultSet.updateNString");
  }

  @Override
  default void updateNull(int column) throws SQLException {
    throw Refusal.of("ResultSet.updateNull");
  }

  @Override
  default void updateObject(int column, Object value, int type) throws SQLException {
    throw Refusal.of("ResultSet.updateObject");
  }

  @Override
  default void updateObject(int column, Object value, SQLType type, int scale) throws SQLException {
    throw Refusal.of("ResultSet.updateObject");
  }

  @Override
  default void updateObject(int column, Object value, SQLType type) throws SQLException {
    throw Refusal.of("ResultSet.updateObject");
  }

  @Override
  default void updateObject(int column, Object value) throws SQLException {
    throw Refusal.of("ResultSet.updateObject");
  }

  @Override
  default void updateRef(int column, Ref value) throws SQLException {
    throw Refusal.of("ResultSet.updateRef");
  }

  @Override
  default void updateRow() throws SQLException {
    throw Refusal.of("ResultSet.updateRow");
  }

  @Override
  default void updateRowId(int column, RowId value) throws SQLException {
    throw Refusal.of("ResultSet.updateRowId");
  }

  @Override
  default void updateSQLXML(int column, SQLXML value) throws SQLException {
    throw Refusal.of("ResultSet.updateSQLXML");
  }

  @Override
  default void updateShort(int column, short value) throws SQLException {
    throw Refusal.of("ResultSet.updateShort");
  }

  @Override
  default void updateString(int column, String value) throws SQLException {
    throw Refusal.of("ResultSet.updateString");
  }

  @Override
  default void updateTime(int column, Time value) throws SQLException {
    throw Refusal.of("ResultSet.updateTime");
  }

  @Override
  default void updateTimestamp(int column, Timestamp value) throws SQLException {
    throw Refusal.of("ResultSet.updateTimestamp");
  }
}
