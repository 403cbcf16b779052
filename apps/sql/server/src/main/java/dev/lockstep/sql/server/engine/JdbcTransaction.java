package dev.lockstep.sql.server.engine;

import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.SqlStatement;
import java.sql.SQLException;
import java.util.List;

/** A transaction on a connection of its own. */
abstract class JdbcTransaction implements EngineTransaction {
  private final JdbcEngine engine;
  private final JdbcConnection connection;
  private String firstSchema = "";
  private String schema = "";
  private boolean schemaChanged;
  private boolean ended;

  JdbcTransaction(JdbcEngine engine, JdbcConnection connection) {
    this.engine = engine;
    this.connection = connection;
  }

  final JdbcConnection connection() {
    return connection;
  }

  @Override
  public SqlResult execute(
      String sql, List<SqlParameter> parameters, int maxRows, SqlStatement.Keys keys)
      throws SQLException {
    return connection.execute(sql, parameters, maxRows, keys);
  }

  @Override
  public void forEachRow(String sql, RowConsumer consumer) throws SQLException {
    connection.forEachRow(sql, consumer);
  }

  @Override
  public SqlDescription describe(String sql) throws SQLException {
    return connection.describe(sql);
  }

  @Override
  public SqlRows metadata(String method, List<SqlParameter> arguments) throws SQLException {
    return connection.metadata(method, arguments);
  }

  /** Begins in a schema. */
  final void startIn(String first) throws SQLException {
    firstSchema = first;
    schema = first;
    connection.useSchema(first);
  }

  @Override
  public void useSchema(String wanted) throws SQLException {
    schemaChanged = true;
    schema = wanted;
    connection.useSchema(wanted);
  }

  /** An engine may undo the choice of a schema when it rolls back, or not. */
  private void chooseAgain() throws SQLException {
    if (schemaChanged) {
      connection.forgetSchema();
      connection.useSchema(schema);
    }
  }

  /** After everything was undone. */
  final void chooseFirstSchema() throws SQLException {
    schema = firstSchema;
    chooseAgain();
  }

  @Override
  public void savepoint(String name) throws SQLException {
    connection.run("SAVEPOINT " + Dialect.quoted("s_" + name));
  }

  @Override
  public void rollbackTo(String name) throws SQLException {
    connection.run("ROLLBACK TO SAVEPOINT " + Dialect.quoted("s_" + name));
    chooseAgain();
  }

  @Override
  public void release(String name) throws SQLException {
    connection.run("RELEASE SAVEPOINT " + Dialect.quoted("s_" + name));
  }

  /** Whether the engine still has the transaction, and can commit it. */
  abstract boolean isIntact() throws SQLException;

  @Override
  public void commit() throws SQLException {
    if (!isIntact()) {
      rollback();
      throw new SQLException("the engine has ended the transaction by itself", "40001");
    }
    boolean committed = false;
    try {
      connection.jdbc().commit();
      committed = true;
    } finally {
      if (committed) {
        end(true);
      } else {
        rollback();
      }
    }
  }

  @Override
  public void rollback() {
    if (!ended) {
      end(connection.rollbackQuietly());
    }
  }

  private void end(boolean reusable) {
    ended = true;
    if (schemaChanged) {
      connection.forgetSchema();
    }
    engine.giveBack(connection, reusable);
  }

  @Override
  public void cancel() {
    connection.cancel();
  }
}
