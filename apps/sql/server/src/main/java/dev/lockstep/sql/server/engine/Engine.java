package dev.lockstep.sql.server.engine;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One ordinary database that belongs to one replica. It offers snapshot isolation: a transaction
 * reads the state as it was when it began, and of two transactions that change the same row at the
 * same time the second one waits, and fails when the first one commits.
 *
 * <p>Methods may be called by any thread unless they say otherwise. A {@link SQLException} that
 * {@link #kindOf} calls {@link FailureKind#FATAL} means that the database is of no use any more.
 */
public interface Engine extends AutoCloseable {
  /** What a failure says. */
  enum FailureKind {
    /** The statement cannot be done: the same on every replica with the same data. */
    STATEMENT,
    /** The transaction met another one and has to end; SQLState 40001 for the application. */
    CONFLICT,
    /** A lock was not to be had in time. */
    LOCKED,
    /** Somebody cancelled it. */
    CANCELLED,
    /** The database does not work: nothing follows for the other replicas. */
    FATAL
  }

  /** The dialect that it speaks. */
  Dialect dialect();

  FailureKind kindOf(SQLException failure);

  /**
   * Begins a transaction: its snapshot is that of this moment.
   *
   * @param schema in which names without one are sought; empty for the default
   * @param patience what it waits for locks
   */
  EngineTransaction begin(String schema, Patience patience) throws SQLException;

  /** How long a transaction waits for locks. */
  enum Patience {
    /** Ahead of the order: as long as it may take others to end, some seconds. */
    LONG,
    /** In the order: hardly at all, since everything waits for it. */
    SHORT
  }

  /** Executes a definition, alone. No transaction is open meanwhile. */
  void define(String schema, String sql) throws SQLException;

  /** Removes everything: tables, schemas, sequences. No transaction is open meanwhile. */
  void clear() throws SQLException;

  /** The tables of the application with their columns, sorted by schema and name. */
  List<TableInfo> tables() throws SQLException;

  /** The schemas that an application may use: none of the engine's own. */
  Set<String> schemas() throws SQLException;

  /**
   * A sequence, or the one behind an identity column; null if there is none.
   *
   * @param name of the sequence, or of the table
   * @param columnOrNull the identity column; null for a sequence
   */
  Sequence sequenceOrNull(String schema, String name, String columnOrNull) throws SQLException;

  /**
   * Where a sequence stands, which only definitions change: replicas count by themselves.
   *
   * @param base the value that the engine would draw next
   * @param increment from one value to the next
   */
  record Sequence(long base, long increment) {}

  /**
   * Adds rows to a table of which constraints may refer to tables that are loaded later. Between
   * {@link #clear} and the first transaction.
   */
  Loader loader() throws SQLException;

  /** Takes rows in. */
  interface Loader extends AutoCloseable {
    /** Adds one row; the values are in the order of the table's columns. */
    void add(TableInfo table, Object[] row) throws SQLException;

    /** All rows are there. */
    void finish() throws SQLException;

    @Override
    void close();
  }

  /** What it says of itself; see {@link java.sql.DatabaseMetaData}. */
  Map<String, Object> properties() throws SQLException;

  @Override
  void close();
}
