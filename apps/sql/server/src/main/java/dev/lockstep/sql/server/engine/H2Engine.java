package dev.lockstep.sql.server.engine;

import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlStatement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.h2.Driver;
import org.h2.api.ErrorCode;
import org.h2.mvstore.MVStoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * H2 within this process, in memory or in a file. Traps that it takes care of: a conflict ends the
 * whole transaction, and the next statement would silently begin another one; a snapshot is taken
 * by the first statement only; definitions commit.
 */
public final class H2Engine extends JdbcEngine {
  private static final Logger LOG = LoggerFactory.getLogger(H2Engine.class);

  /** {@code org.h2.engine.Constants.TRANSACTION_SNAPSHOT}. */
  private static final int SNAPSHOT_ISOLATION = 6;

  private static final long LONG_PATIENCE_NANOS = 4_000_000_000L;
  private static final int SHORT_PATIENCE_MILLIS = 200;

  /** H2 cannot be cancelled while it waits for a lock, so it waits in pieces. */
  private static final int PIECE_OF_PATIENCE_MILLIS = 50;

  private static final Set<Integer> FATAL =
      Set.of(
          ErrorCode.OBJECT_CLOSED,
          ErrorCode.CONNECTION_BROKEN_1,
          ErrorCode.DATABASE_IS_CLOSED,
          ErrorCode.DATABASE_CALLED_AT_SHUTDOWN,
          ErrorCode.IO_EXCEPTION_1,
          ErrorCode.IO_EXCEPTION_2,
          ErrorCode.FILE_CORRUPTED_1,
          ErrorCode.OUT_OF_MEMORY,
          ErrorCode.GENERAL_ERROR_1,
          ErrorCode.TRACE_FILE_ERROR_2,
          ErrorCode.DATABASE_ALREADY_OPEN_1);

  private final String url;

  private H2Engine(String url) {
    this.url = url;
  }

  /**
   * A database in the memory of this process, which lasts until it is closed.
   *
   * @param name unique in the process
   */
  public static H2Engine inMemory(String name) {
    return new H2Engine("jdbc:h2:mem:" + name + "/lockstep;DB_CLOSE_DELAY=-1" + SETTINGS);
  }

  /**
   * A new database in a file. What was there is removed: it may be damaged, and is of no use.
   *
   * @param path without the extension
   * @throws IOException if the file cannot be removed
   */
  public static H2Engine inFile(Path path) throws IOException {
    Path file = path.toAbsolutePath();
    Files.createDirectories(file.getParent());
    for (String extension : List.of(".mv.db", ".trace.db")) {
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + extension));
    }
    return new H2Engine("jdbc:h2:file:" + file + ";DB_CLOSE_ON_EXIT=FALSE" + SETTINGS);
  }

  // Nothing may depend on where the process runs. What is in the file is made anew from the
  // replica's log at each start, so it need not be forced to the disk.
  private static final String SETTINGS = ";TIME ZONE=UTC;WRITE_DELAY=1000;QUERY_TIMEOUT=0";

  @Override
  public Dialect dialect() {
    return Dialect.H2;
  }

  @Override
  Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.put("user", "LOCKSTEP");
    properties.put("password", "");
    Connection connection = Driver.load().connect(url, properties);
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(SNAPSHOT_ISOLATION);
    return connection;
  }

  @Override
  public FailureKind kindOf(SQLException failure) {
    int code = failure.getErrorCode();
    if (code == ErrorCode.DEADLOCK_1 || code == ErrorCode.CONCURRENT_UPDATE_1) {
      return FailureKind.CONFLICT;
    } else if (code == ErrorCode.LOCK_TIMEOUT_1) {
      return FailureKind.LOCKED;
    } else if (code == ErrorCode.STATEMENT_WAS_CANCELED) {
      return FailureKind.CANCELLED;
    }
    boolean stumbled = code == ErrorCode.GENERAL_ERROR_1 && !isOfStore(failure);
    return FATAL.contains(code) && !stumbled ? FailureKind.FATAL : FailureKind.STATEMENT;
  }

  /**
   * Whether H2's storage failed. If something else did that H2 has no name for, it is a statement
   * that H2 stumbles over: a client must not be able to end all databases with one.
   */
  private static boolean isOfStore(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof MVStoreException || each instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  @Override
  public EngineTransaction begin(String schema, Patience patience) throws SQLException {
    H2Transaction first = new H2Transaction(this, take());
    try {
      first.start(schema, patience);
      if (patience == Patience.LONG) {
        first.twin = new H2Transaction(this, take());
        first.twin.start(schema, Patience.SHORT);
      }
      return first;
    } catch (SQLException e) {
      first.rollback();
      throw e;
    }
  }

  /**
   * When H2 finds a conflict it rolls the transaction back and forgets its snapshot. So a second
   * one is begun together with the first, for the case that the order wants the transaction after
   * all.
   */
  private static final class H2Transaction extends JdbcTransaction {
    private static final String START = "lockstep_start";
    private H2Transaction twin;
    private boolean patient;

    /** H2 has rolled it back; what is done on the connection now belongs to another one. */
    private boolean lost;

    private volatile boolean cancelled;

    H2Transaction(JdbcEngine engine, JdbcConnection connection) {
      super(engine, connection);
    }

    void start(String schema, Patience patience) throws SQLException {
      startIn(schema);
      connection()
          .run(
              "SET LOCK_TIMEOUT "
                  + (patience == Patience.LONG ? PIECE_OF_PATIENCE_MILLIS : SHORT_PATIENCE_MILLIS));
      connection().run("SELECT 1");
      connection().run("SAVEPOINT " + START);
      patient = patience == Patience.LONG;
    }

    @Override
    public SqlResult execute(
        String sql, List<SqlParameter> parameters, int maxRows, SqlStatement.Keys keys)
        throws SQLException {
      if (lost) {
        throw new SQLException("H2 has ended the transaction because of a conflict", "40001");
      }
      cancelled = false;
      long since = System.nanoTime();
      while (true) {
        try {
          return super.execute(sql, parameters, maxRows, keys);
        } catch (SQLException e) {
          int code = e.getErrorCode();
          if (code == ErrorCode.DEADLOCK_1 || code == ErrorCode.CONCURRENT_UPDATE_1) {
            lost = true;
            throw e;
          }
          boolean waits =
              code == ErrorCode.LOCK_TIMEOUT_1
                  && patient
                  && System.nanoTime() - since < LONG_PATIENCE_NANOS;
          if (!waits) {
            throw e;
          } else if (cancelled) {
            throw new SQLException(
                "cancelled while waiting for a lock", "57014", ErrorCode.STATEMENT_WAS_CANCELED);
          }
        }
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      super.cancel();
    }

    @Override
    public void hurry() {
      patient = false;
    }

    @Override
    public void rewind() throws SQLException {
      if (lost) {
        throw new SQLException("H2 has ended the transaction because of a conflict", "40001");
      }
      connection().run("ROLLBACK TO SAVEPOINT " + START);
      chooseFirstSchema();
    }

    @Override
    boolean isIntact() {
      return !lost;
    }

    @Override
    public EngineTransaction undisturbed() {
      H2Transaction other = twin;
      twin = null;
      rollback();
      return other;
    }

    @Override
    public void commit() throws SQLException {
      super.commit();
      endTwin();
    }

    @Override
    public void rollback() {
      super.rollback();
      endTwin();
    }

    private void endTwin() {
      if (twin != null) {
        twin.rollback();
        twin = null;
      }
    }
  }

  @Override
  public void clear() throws SQLException {
    dropIdle();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("DROP ALL OBJECTS");
    }
    dropIdle();
  }

  private static final String COLUMNS =
      """
      SELECT T.TABLE_SCHEMA, T.TABLE_NAME, C.COLUMN_NAME, C.DATA_TYPE, C.COLUMN_DEFAULT,
          C.IS_IDENTITY, C.IDENTITY_GENERATION, C.IS_GENERATED, C.IS_NULLABLE
      FROM INFORMATION_SCHEMA.TABLES T JOIN INFORMATION_SCHEMA.COLUMNS C
          ON T.TABLE_SCHEMA = C.TABLE_SCHEMA AND T.TABLE_NAME = C.TABLE_NAME
      WHERE T.TABLE_TYPE = 'BASE TABLE' AND T.TABLE_SCHEMA <> 'INFORMATION_SCHEMA'
      ORDER BY T.TABLE_SCHEMA, T.TABLE_NAME, C.ORDINAL_POSITION""";

  private static final String KEYS =
      """
      SELECT K.TABLE_SCHEMA, K.TABLE_NAME, K.COLUMN_NAME
      FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS T JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE K
          ON T.CONSTRAINT_SCHEMA = K.CONSTRAINT_SCHEMA AND T.CONSTRAINT_NAME = K.CONSTRAINT_NAME
      WHERE T.CONSTRAINT_TYPE = 'PRIMARY KEY'
      ORDER BY K.TABLE_SCHEMA, K.TABLE_NAME, K.ORDINAL_POSITION""";

  @Override
  public List<TableInfo> tables() throws SQLException {
    try (Connection connection = connect()) {
      return Catalog.tables(
          connection,
          COLUMNS,
          KEYS,
          row ->
              new TableInfo.Column(
                  row.getString(3),
                  row.getString(4),
                  row.getString(5),
                  "YES".equals(row.getString(6)),
                  "ALWAYS".equals(row.getString(7)),
                  "ALWAYS".equals(row.getString(8)),
                  "YES".equals(row.getString(9))));
    }
  }

  @Override
  public Set<String> schemas() throws SQLException {
    return texts(
        "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA"
            + " WHERE SCHEMA_NAME <> 'INFORMATION_SCHEMA'");
  }

  /** One row with two numbers, or null. */
  private Sequence sequence(String query, String... names) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement statement = connection.prepareStatement(query)) {
      for (int i = 0; i < names.length; i++) {
        statement.setString(i + 1, names[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? new Sequence(row.getLong(1), row.getLong(2)) : null;
      }
    }
  }

  @Override
  public Sequence sequenceOrNull(String schema, String name, String columnOrNull)
      throws SQLException {
    return columnOrNull == null
        ? sequence(
            "SELECT BASE_VALUE, \"INCREMENT\" FROM INFORMATION_SCHEMA.SEQUENCES"
                + " WHERE SEQUENCE_SCHEMA = ? AND SEQUENCE_NAME = ?",
            schema,
            name)
        : sequence(
            "SELECT IDENTITY_BASE, IDENTITY_INCREMENT FROM INFORMATION_SCHEMA.COLUMNS"
                + " WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = ?"
                + " AND IS_IDENTITY = 'YES'",
            schema,
            name,
            columnOrNull);
  }

  @Override
  public Loader loader() throws SQLException {
    Connection connection = connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET REFERENTIAL_INTEGRITY FALSE");
    }
    return new JdbcLoader(
        connection,
        column -> column.typeName().equals("JSON") ? "? FORMAT JSON" : "?",
        List.of("SET REFERENTIAL_INTEGRITY TRUE"));
  }

  @Override
  public void close() {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SHUTDOWN");
    } catch (SQLException e) {
      // Closed already, or broken: there is nothing left to end.
      LOG.debug("H2 cannot be shut down", e);
    }
    super.close();
  }
}
