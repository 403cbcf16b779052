package dev.lockstep.sql.server.engine;

import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.SqlStatement;
import java.sql.SQLException;
import java.util.List;

/** A transaction of an {@link Engine}. One thread at a time; {@link #cancel} any. */
public interface EngineTransaction {
  /**
   * Executes one statement.
   *
   * @param sql ready for the engine
   * @param maxRows rows after which the result is cut off, or 0
   * @param keys generated values that are wanted
   */
  SqlResult execute(String sql, List<SqlParameter> parameters, int maxRows, SqlStatement.Keys keys)
      throws SQLException;

  /** Hands all rows of a query to somebody, without holding all of them. */
  void forEachRow(String sql, RowConsumer consumer) throws SQLException;

  /** Takes rows. */
  interface RowConsumer {
    void accept(Object[] row) throws SQLException;
  }

  /** What a statement takes and gives. */
  SqlDescription describe(String sql) throws SQLException;

  /** Calls a method of {@link java.sql.DatabaseMetaData} that returns rows. */
  SqlRows metadata(String method, List<SqlParameter> arguments) throws SQLException;

  /** Seeks names without a schema there from now on; no rollback to a savepoint undoes it. */
  void useSchema(String schema) throws SQLException;

  void savepoint(String name) throws SQLException;

  void rollbackTo(String name) throws SQLException;

  void release(String name) throws SQLException;

  /** Waits for locks no longer than with {@link Engine.Patience#SHORT} from now on. */
  void hurry() throws SQLException;

  /**
   * Undoes everything and frees all locks, but keeps the snapshot.
   *
   * @throws SQLException if the engine has ended the transaction before
   */
  void rewind() throws SQLException;

  /**
   * A transaction with the same snapshot in which nothing was done, and with short patience; ends
   * this one. Can always be had, but only once.
   */
  EngineTransaction undisturbed() throws SQLException;

  /**
   * Commits, and frees what belongs to it.
   *
   * @throws SQLException if it is not committed
   */
  void commit() throws SQLException;

  /** Rolls back, and frees what belongs to it. Does nothing if it has ended. */
  void rollback();

  /** Ends the statement that is being executed, if there is one. */
  void cancel();
}
