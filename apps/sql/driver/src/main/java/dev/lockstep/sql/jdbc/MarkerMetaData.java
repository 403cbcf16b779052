package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.message.SqlDescription;
import java.sql.ParameterMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Set;

/** The parameters of a statement, as the engine describes them. */
record MarkerMetaData(List<SqlDescription.Parameter> parameters) implements ParameterMetaData {
  private static final Set<Integer> SIGNED =
      Set.of(
          Types.TINYINT,
          Types.SMALLINT,
          Types.INTEGER,
          Types.BIGINT,
          Types.NUMERIC,
          Types.DECIMAL,
          Types.REAL,
          Types.FLOAT,
          Types.DOUBLE);

  private SqlDescription.Parameter parameter(int index) throws SQLException {
    if (index < 1 || index > parameters.size()) {
      throw new SQLException(
          "There is no parameter " + index + "; the statement has " + parameters.size() + ".",
          "07009");
    }
    return parameters.get(index - 1);
  }

  @Override
  public int getParameterCount() {
    return parameters.size();
  }

  @Override
  public int isNullable(int index) throws SQLException {
    return parameter(index).nullable();
  }

  @Override
  public boolean isSigned(int index) throws SQLException {
    return SIGNED.contains(parameter(index).jdbcType());
  }

  @Override
  public int getPrecision(int index) throws SQLException {
    return parameter(index).precision();
  }

  @Override
  public int getScale(int index) throws SQLException {
    return parameter(index).scale();
  }

  @Override
  public int getParameterType(int index) throws SQLException {
    return parameter(index).jdbcType();
  }

  @Override
  public String getParameterTypeName(int index) throws SQLException {
    return parameter(index).typeName();
  }

  @Override
  public String getParameterClassName(int index) throws SQLException {
    return parameter(index).className();
  }

  @Override
  public int getParameterMode(int index) throws SQLException {
    parameter(index);
    return parameterModeIn;
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return Wrappers.unwrap(this, type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return type.isInstance(this);
  }
}
