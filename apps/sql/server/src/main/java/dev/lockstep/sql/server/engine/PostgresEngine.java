package dev.lockstep.sql.server.engine;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.postgresql.Driver;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * A database of a PostgreSQL server that belongs to this replica alone. Traps that it takes care
 * of: after any error nothing more can be done, and a COMMIT rolls back without saying so.
 */
public final class PostgresEngine extends JdbcEngine {
  private static final int LONG_PATIENCE_MILLIS = 4_000;
  private static final int SHORT_PATIENCE_MILLIS = 200;

  /** A schema that says that the database may be cleared. */
  private static final String MARK = "lockstep_owns_this_database";

  private final String url;
  private final PostgresServer serverOrNull;
  private final Properties properties = new Properties();

  /**
   * @param url {@code jdbc:postgresql:...}
   * @param user who owns the database; a superuser, since foreign keys are switched off while a
   *     state is loaded; null if the address names user and password
   */
  public PostgresEngine(String url, String user, String password) {
    this(url, user, password, null);
  }

  PostgresEngine(String url, String user, String password, PostgresServer serverOrNull) {
    this.url = url;
    this.serverOrNull = serverOrNull;
    if (user != null) {
      properties.put("user", user);
      properties.put("password", password);
    }
    properties.put("tcpKeepAlive", "true");
    properties.put("ApplicationName", "lockstep");
    // Nothing may depend on how the server is configured, or on how work is split.
    properties.put(
        "options",
        "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres"
            + " -c max_parallel_workers_per_gather=0 -c extra_float_digits=1"
            + " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
            + " -c synchronous_commit=off -c bytea_output=hex");
  }

  @Override
  public Dialect dialect() {
    return Dialect.POSTGRESQL;
  }

  @Override
  Connection connect() throws SQLException {
    Connection connection = new Driver().connect(url, properties);
    if (connection == null) {
      throw new SQLException(
          url + " is no address of a PostgreSQL database; it begins with jdbc:postgresql:",
          "08001");
    }
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    return connection;
  }

  @Override
  public FailureKind kindOf(SQLException failure) {
    String state = failure.getSQLState() == null ? "" : failure.getSQLState();
    if (state.equals("40001") || state.equals("40P01")) {
      return FailureKind.CONFLICT;
    } else if (state.equals("55P03")) {
      return FailureKind.LOCKED;
    } else if (state.equals("57014")) {
      return FailureKind.CANCELLED;
    }
    boolean fatal =
        state.startsWith("08")
            || state.startsWith("53")
            || state.startsWith("57P")
            || state.startsWith("58")
            || state.startsWith("F0")
            || state.startsWith("XX");
    return fatal ? FailureKind.FATAL : FailureKind.STATEMENT;
  }

  @Override
  public EngineTransaction begin(String schema, Patience patience) throws SQLException {
    JdbcConnection connection = take();
    PostgresTransaction transaction = new PostgresTransaction(this, connection);
    try {
      transaction.startIn(schema);
      // Settings are undone with the transaction in which they were made.
      connection.jdbc().commit();
      connection.run(lockTimeout(patience) + "; SELECT 1; SAVEPOINT " + PostgresTransaction.START);
      return transaction;
    } catch (SQLException e) {
      transaction.rollback();
      throw e;
    }
  }

  private static String lockTimeout(Patience patience) {
    return "SET LOCAL lock_timeout = "
        + (patience == Patience.LONG ? LONG_PATIENCE_MILLIS : SHORT_PATIENCE_MILLIS);
  }

  private static final class PostgresTransaction extends JdbcTransaction {
    private static final String START = "lockstep_start";

    PostgresTransaction(JdbcEngine engine, JdbcConnection connection) {
      super(engine, connection);
    }

    @Override
    public void rewind() throws SQLException {
      connection().run("ROLLBACK TO SAVEPOINT " + START);
      chooseFirstSchema();
    }

    @Override
    public EngineTransaction undisturbed() throws SQLException {
      rewind();
      hurry();
      return this;
    }

    @Override
    public void hurry() throws SQLException {
      connection().run(lockTimeout(Patience.SHORT));
    }

    @Override
    boolean isIntact() throws SQLException {
      return connection().jdbc().unwrap(BaseConnection.class).getTransactionState()
          == TransactionState.OPEN;
    }
  }

  @Override
  public void clear() throws SQLException {
    dropIdle();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      List<String> schemas = new ArrayList<>();
      try (ResultSet row =
          statement.executeQuery(
              "SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema'"
                  + " AND nspname NOT LIKE 'pg\\_%'")) {
        while (row.next()) {
          schemas.add(row.getString(1));
        }
      }
      if (!schemas.contains(MARK)) {
        refuseForeignTables(statement);
      }
      for (String schema : schemas) {
        statement.execute("DROP SCHEMA " + Dialect.quoted(schema) + " CASCADE");
      }
      statement.execute("CREATE SCHEMA public");
      statement.execute("CREATE SCHEMA " + MARK);
      connection.commit();
    }
  }

  /** What somebody keeps in a database must not be lost because its address was given to us. */
  private void refuseForeignTables(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND"
                + OURS)) {
      row.next();
      if (row.getLong(1) > 0) {
        throw new SQLException(
            "the database at "
                + url
                + " holds tables that are not Lockstep's, and a replica would remove them; give it"
                + " an empty database of its own",
            "55006");
      }
    }
  }

  private static final String OURS =
      " n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ";

  private static final String COLUMNS =
      """
      SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
          pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attnotnull
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE c.relkind IN ('r') AND a.attnum > 0 AND NOT a.attisdropped AND"""
          + OURS
          + "ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\", a.attnum";

  private static final String KEYS =
      """
      SELECT n.nspname, c.relname, a.attname
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
      WHERE i.indisprimary AND"""
          + OURS
          + "ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\","
          + " array_position(i.indkey::int2[], a.attnum)";

  @Override
  public List<TableInfo> tables() throws SQLException {
    try (Connection connection = connect()) {
      return Catalog.tables(
          connection,
          COLUMNS,
          KEYS,
          row -> {
            String identity = row.getString(6);
            boolean computed = !row.getString(7).isEmpty();
            String expression = computed ? null : row.getString(5);
            boolean serial = expression != null && expression.startsWith("nextval(");
            return new TableInfo.Column(
                row.getString(3),
                row.getString(4),
                serial ? null : expression,
                !identity.isEmpty() || serial,
                identity.equals("a"),
                computed,
                !row.getBoolean(8));
          });
    }
  }

  @Override
  public Set<String> schemas() throws SQLException {
    return texts(
        "SELECT n.nspname FROM pg_namespace n WHERE n.nspname <> '" + MARK + "' AND" + OURS);
  }

  private static final String SEQUENCE =
      "SELECT n.nspname, c.relname, s.seqincrement FROM pg_sequence s"
          + " JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace ";

  private static final String OF_COLUMN =
      "JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')"
          + " JOIN pg_class t ON t.oid = d.refobjid"
          + " JOIN pg_namespace m ON m.oid = t.relnamespace"
          + " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"
          + " WHERE m.nspname = ? AND t.relname = ? AND a.attname = ?";

  @Override
  public Sequence sequenceOrNull(String schema, String name, String columnOrNull)
      throws SQLException {
    String query =
        SEQUENCE + (columnOrNull == null ? "WHERE n.nspname = ? AND c.relname = ?" : OF_COLUMN);
    try (Connection connection = connect();
        PreparedStatement find = connection.prepareStatement(query)) {
      find.setString(1, schema);
      find.setString(2, name);
      if (columnOrNull != null) {
        find.setString(3, columnOrNull);
      }
      try (ResultSet found = find.executeQuery()) {
        if (!found.next()) {
          return null;
        }
        long increment = found.getLong(3);
        String where =
            Dialect.quoted(found.getString(1)) + "." + Dialect.quoted(found.getString(2));
        try (Statement read = connection.createStatement();
            ResultSet now = read.executeQuery("SELECT last_value, is_called FROM " + where)) {
          now.next();
          return new Sequence(now.getLong(1) + (now.getBoolean(2) ? increment : 0), increment);
        }
      }
    }
  }

  @Override
  public Loader loader() throws SQLException {
    Connection connection = connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET session_replication_role = replica");
    }
    return new JdbcLoader(connection, column -> "CAST(? AS " + column.typeName() + ")", List.of());
  }

  @Override
  public void close() {
    super.close();
    if (serverOrNull != null) {
      serverOrNull.close();
    }
  }
}
