package dev.lockstep.sql.jdbc.refused;

import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.NClob;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Struct;

/** Values are sent as a whole: none is made in the database first and filled then. */
public interface NoLocators extends Connection {
  @Override
  default Blob createBlob() throws SQLException {
    throw Refusal.because("Use setBytes or setBinaryStream instead of Connection.createBlob.");
  }

  @Override
  default Clob createClob() throws SQLException {
    throw Refusal.because("Use setString or setCharacterStream instead of Connection.createClob.");
  }

  @Override
  default NClob createNClob() throws SQLException {
    throw Refusal.because("Use setString or setCharacterStream instead of Connection.createNClob.");
  }

  @Override
  default SQLXML createSQLXML() throws SQLException {
    throw Refusal.of("Connection.createSQLXML");
  }

  @Override
  default Struct createStruct(String typeName, Object[] attributes) throws SQLException {
    throw Refusal.of("Connection.createStruct");
  }
}
