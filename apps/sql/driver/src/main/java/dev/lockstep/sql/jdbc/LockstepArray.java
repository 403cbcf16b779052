package dev.lockstep.sql.jdbc;

import dev.lockstep.sql.jdbc.refused.Refusal;
import dev.lockstep.sql.message.SqlColumn;
import dev.lockstep.sql.message.SqlRows;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** An array whose elements are here. */
final class LockstepArray implements Array {
  private final Object[] elements;
  private final String baseTypeName;
  private final int baseType;

  /**
   * @param elements of the classes of {@link dev.lockstep.sql.message.SqlValues}
   */
  LockstepArray(Object[] elements, String baseTypeName, int baseType) {
    this.elements = elements.clone();
    this.baseTypeName = baseTypeName;
    this.baseType = baseType;
  }

  @Override
  public String getBaseTypeName() {
    return baseTypeName;
  }

  @Override
  public int getBaseType() {
    return baseType;
  }

  @Override
  public Object getArray() {
    return elements.clone();
  }

  @Override
  public Object getArray(long index, int count) throws SQLException {
    if (index < 1 || count < 0 || index - 1 + count > elements.length) {
      throw new SQLException(
          "The array has " + elements.length + " elements, but not " + count + " from " + index,
          "2202E");
    }
    return Arrays.copyOfRange(elements, (int) index - 1, (int) index - 1 + count);
  }

  @Override
  public ResultSet getResultSet() throws SQLException {
    List<Object[]> rows = new ArrayList<>();
    for (int i = 0; i < elements.length; i++) {
      rows.add(new Object[] {i + 1, elements[i]});
    }
    return LockstepResultSet.of(
        new SqlRows(
            List.of(
                SqlColumn.of("INDEX", Types.INTEGER, "INTEGER"),
                SqlColumn.of("VALUE", baseType, baseTypeName)),
            rows));
  }

  @Override
  public Object getArray(Map<String, Class<?>> types) throws SQLException {
    throw Refusal.of("Array.getArray with a map of types");
  }

  @Override
  public Object getArray(long index, int count, Map<String, Class<?>> types) throws SQLException {
    throw Refusal.of("Array.getArray with a map of types");
  }

  @Override
  public ResultSet getResultSet(Map<String, Class<?>> types) throws SQLException {
    throw Refusal.of("Array.getResultSet with a map of types");
  }

  @Override
  public ResultSet getResultSet(long index, int count) throws SQLException {
    throw Refusal.of("Array.getResultSet of a part");
  }

  @Override
  public ResultSet getResultSet(long index, int count, Map<String, Class<?>> types)
      throws SQLException {
    throw Refusal.of("Array.getResultSet of a part");
  }

  /** Does nothing: an array holds nothing but memory. */
  @Override
  public void free() {}

  @Override
  public String toString() {
    return Arrays.deepToString(elements);
  }
}
