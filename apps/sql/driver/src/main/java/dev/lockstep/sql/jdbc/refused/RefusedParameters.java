package dev.lockstep.sql.jdbc.refused;

import java.io.InputStream;
import java.net.URL;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.RowId;
import java.sql.SQLException;
import java.sql.SQLXML;

/** Parameters of types that a replicated database does not have. */
public interface RefusedParameters extends PreparedStatement {
  @Override
  default void setRef(int index, Ref value) throws SQLException {
    throw Refusal.of("PreparedStatement.setRef");
  }

  @Override
  default void setRowId(int index, RowId value) throws SQLException {
    throw Refusal.of("PreparedStatement.setRowId");
  }

  @Override
  default void setSQLXML(int index, SQLXML value) throws SQLException {
    throw Refusal.of("PreparedStatement.setSQLXML");
  }

  @Override
  default void setURL(int index, URL value) throws SQLException {
    throw Refusal.of("PreparedStatement.setURL");
  }

  @Override
  @Deprecated
  default void setUnicodeStream(int index, InputStream value, int length) throws SQLException {
    throw Refusal.of("PreparedStatement.setUnicodeStream");
  }
}
