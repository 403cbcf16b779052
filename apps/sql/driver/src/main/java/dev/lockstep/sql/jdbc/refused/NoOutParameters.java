package dev.lockstep.sql.jdbc.refused;

import java.io.Reader;
import java.math.BigDecimal;
import java.net.URL;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Date;
import java.sql.NClob;
import java.sql.Ref;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLType;
import java.sql.SQLXML;
import java.sql.Time;
import java.sql.Timestamp;
import java.util.Calendar;
import java.util.Map;

/** A call without parameters that are given back, and without names for those that are not. */
public interface NoOutParameters extends CallableStatement {
  @Override
  default Array getArray(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getArray");
  }

  @Override
  default Array getArray(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getArray");
  }

  @Override
  default BigDecimal getBigDecimal(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getBigDecimal");
  }

  @Override
  @Deprecated
  default BigDecimal getBigDecimal(int index, int scale) throws SQLException {
    throw Refusal.of("CallableStatement.getBigDecimal");
  }

  @Override
  default BigDecimal getBigDecimal(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getBigDecimal");
  }

  @Override
  default Blob getBlob(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getBlob");
  }

  @Override
  default Blob getBlob(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getBlob");
  }

  @Override
  default boolean getBoolean(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getBoolean");
  }

  @Override
  default boolean getBoolean(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getBoolean");
  }

  @Override
  default byte getByte(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getByte");
  }

  @Override
  default byte getByte(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getByte");
  }

  @Override
  default byte[] getBytes(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getBytes");
  }

  @Override
  default byte[] getBytes(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getBytes");
  }

  @Override
  default Reader getCharacterStream(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getCharacterStream");
  }

  @Override
  default Reader getCharacterStream(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getCharacterStream");
  }

  @Override
  default Clob getClob(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getClob");
  }

  @Override
  default Clob getClob(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getClob");
  }

  @Override
  default Date getDate(String name, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.getDate");
  }

  @Override
  default Date getDate(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getDate");
  }

  @Override
  default Date getDate(int index, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.getDate");
  }

  @Override
  default Date getDate(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getDate");
  }

  @Override
  default double getDouble(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getDouble");
  }

  @Override
  default double getDouble(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getDouble");
  }

  @Override
  default float getFloat(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getFloat");
  }

  @Override
  default float getFloat(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getFloat");
  }

  @Override
  default int getInt(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getInt");
  }

  @Override
  default int getInt(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getInt");
  }

  @Override
  default long getLong(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getLong");
  }

  @Override
  default long getLong(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getLong");
  }

  @Override
  default Reader getNCharacterStream(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getNCharacterStream");
  }

  @Override
  default Reader getNCharacterStream(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getNCharacterStream");
  }

  @Override
  default NClob getNClob(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getNClob");
  }

  @Override
  default NClob getNClob(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getNClob");
  }

  @Override
  default String getNString(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getNString");
  }

  @Override
  default String getNString(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getNString");
  }

  @Override
  default <T> T getObject(String name, Class<T> type) throws SQLException {
    throw Refusal.of("CallableStatement.getObject");
  }

  @Override
  default Object getObject(String name, Map<String, Class<?>> types) throws SQLException {
    throw Refusal.of("CallableStatement.getObject");
  }

  @Override
  default Object getObject(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getObject");
  }

  @Override
  default <T> T getObject(int index, Class<T> type) throws SQLException {
    throw Refusal.of("CallableStatement.getObject");
  }

  @Override
  default Object getObject(int index, Map<String, Class<?>> types) throws SQLException {
    throw Refusal.of("CallableStatement.getObject");
  }

  @Override
  default Object getObject(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getObject");
  }

  @Override
  default Ref getRef(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getRef");
  }

  @Override
  default Ref getRef(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getRef");
  }

  @Override
  default RowId getRowId(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getRowId");
  }

  @Override
  default RowId getRowId(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getRowId");
  }

  @Override
  default SQLXML getSQLXML(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getSQLXML");
  }

  @Override
  default SQLXML getSQLXML(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getSQLXML");
  }

  @Override
  default short getShort(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getShort");
  }

  @Override
  default short getShort(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getShort");
  }

  @Override
  default String getString(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getString");
  }

  @Override
  default String getString(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getString");
  }

  @Override
  default Time getTime(String name, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.getTime");
  }

  @Override
  default Time getTime(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getTime");
  }

  @Override
  default Time getTime(int index, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.getTime");
  }

  @Override
  default Time getTime(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getTime");
  }

  @Override
  default Timestamp getTimestamp(String name, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.getTimestamp");
  }

  @Override
  default Timestamp getTimestamp(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getTimestamp");
  }

  @Override
  default Timestamp getTimestamp(int index, Calendar calendar) throws SQLException {
    throw Refusal.of("CallableStatement.getTimestamp");
  }

  @Override
  default Timestamp getTimestamp(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getTimestamp");
  }

  @Override
  default URL getURL(String name) throws SQLException {
    throw Refusal.of("CallableStatement.getURL");
  }

  @Override
  default URL getURL(int index) throws SQLException {
    throw Refusal.of("CallableStatement.getURL");
  }

  @Override
  default void registerOutParameter(String name, int type, String typeName) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(String name, int type, int scale) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(String name, int type) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(String name, SQLType type, String typeName)
      throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(String name, SQLType type, int scale) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(String name, SQLType type) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(int index, int type, String typeName) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(int index, int type, int scale) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(int index, int type) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(int index, SQLType type, String typeName) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(int index, SQLType type, int scale) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default void registerOutParameter(int index, SQLType type) throws SQLException {
    throw Refusal.of("CallableStatement.registerOutParameter");
  }

  @Override
  default boolean wasNull() throws SQLException {
    throw Refusal.of("CallableStatement.wasNull");
  }
}
