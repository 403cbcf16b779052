package dev.lockstep.sql.client;

import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.SqlStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * A series of transactions under snapshot isolation, as a JDBC connection is one. A transaction
 * begins with the first statement after the last one ended; without auto-commit it ends with {@link
 * #commit} or {@link #rollback}. Opening a session sends nothing.
 *
 * <p>For one thread at a time; {@link #cancel}, {@link #abort} and {@link #isClosed} for any. All
 * calls wait for their results, for as long as {@link #setTimeoutMillis} says. They throw the
 * subclasses of {@link SQLException} that JDBC names for the class of the SQLState:
 *
 * <ul>
 *   <li>{@code 40001}: the transaction conflicts with another one, or what the master showed is not
 *       what the group found. It is rolled back; run it again.
 *   <li>{@code 25P02}: the transaction has failed before and awaits {@link #rollback} (or a return
 *       to a savepoint).
 *   <li>{@code 0A000}: the statement would not do the same on all replicas; the message says why
 *       and what to write instead.
 *   <li>{@code 08007}: whether the commit happened is unknown, because the group did not answer.
 *   <li>{@code 08006}, {@code 08003}: the group does not answer; the session is closed.
 *   <li>{@code 57014}: cancelled, or too late. Within a transaction the transaction has failed.
 *   <li>{@code 54000}: the transaction has become too large to be ordered.
 * </ul>
 */
public interface SqlSession extends AutoCloseable {
  /** Whether each statement is a transaction of its own; true at first. Commits what is open. */
  void setAutoCommit(boolean on) throws SQLException;

  /** Whether each statement is a transaction of its own. */
  boolean isAutoCommit();

  /**
   * Promises that the next transactions only read. They are neither ordered nor sent to a master;
   * what f+1 replicas answer counts. Changes are refused with {@code 25006}.
   *
   * @throws SQLException {@code 25001} within a transaction
   */
  void setReadOnly(boolean on) throws SQLException;

  /** What {@link #setReadOnly} was told last; false at first. */
  boolean isReadOnly();

  /** Whether a transaction has begun and not ended yet. */
  boolean isInTransaction();

  /**
   * The schema in which names without one are sought; part of the session, so that it survives a
   * change of the master and a rollback. Null for the engine's default. The statement {@code SET
   * SCHEMA} does the same. Whether there is such a schema is found out by the next statement.
   *
   * @throws SQLException {@code 3F000} within a transaction, if there is no such schema
   */
  void setSchema(String schemaOrNull) throws SQLException;

  /** What {@link #setSchema} was told last, or the engine's default. */
  String schema() throws SQLException;

  /** Executes one statement. */
  SqlResult execute(SqlStatement statement) throws SQLException;

  /**
   * Executes statements one after the other, without waiting between them. With auto-commit all of
   * them are one transaction.
   *
   * @return one result for each
   * @throws java.sql.BatchUpdateException with the counts of those before the first one that failed
   */
  List<SqlResult> executeBatch(List<SqlStatement> statements) throws SQLException;

  /** What a statement takes and gives, without executing it. */
  SqlDescription describe(String sql) throws SQLException;

  /**
   * Ends the transaction, and returns once it is durable in the group. Without one does nothing.
   *
   * @throws SQLException {@code 40001} and others if it was rolled back instead
   */
  void commit() throws SQLException;

  /** Undoes the transaction. Without one does nothing. */
  void rollback() throws SQLException;

  /** Sets a savepoint; the name is the caller's to choose: letters, digits, underscores. */
  void setSavepoint(String name) throws SQLException;

  /** Undoes what was done since a savepoint, which stays. */
  void rollbackTo(String name) throws SQLException;

  /** Forgets a savepoint. */
  void releaseSavepoint(String name) throws SQLException;

  /** Ends the statement that is being executed, if there is one, with {@code 57014}. Any thread. */
  void cancel() throws SQLException;

  /** How long a call may wait for the group, in milliseconds; at least 1. */
  void setTimeoutMillis(int millis);

  /** Whether the group answers within this time. */
  boolean isValid(int timeoutMillis);

  /**
   * Calls one of the methods of the engine's {@link java.sql.DatabaseMetaData} that return rows,
   * such as {@code getTables}, as a query that only reads.
   *
   * @param method its name
   * @param arguments of {@link String}, {@link Integer}, {@link Boolean}, {@code String[]} as
   *     {@code Object[]}, or null; in the order of the method
   */
  SqlRows metadata(String method, Object... arguments) throws SQLException;

  /** The client that it belongs to. */
  SqlClient client();

  boolean isClosed();

  /** Closes the session without waiting; a call under way fails. Any thread. */
  void abort();

  /** Rolls back what is open, and ends the session. */
  @Override
  void close() throws SQLException;
}
