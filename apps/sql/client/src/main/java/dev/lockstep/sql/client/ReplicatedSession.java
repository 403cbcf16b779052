package dev.lockstep.sql.client;

import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlDescription;
import dev.lockstep.sql.message.SqlParameter;
import dev.lockstep.sql.message.SqlReply;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlRows;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The session of {@link ReplicatedSqlClient}. */
final class ReplicatedSession implements SqlSession {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicatedSession.class);

  /** Replicas that do not agree about a query for so often never will. */
  private static final int READ_ATTEMPTS_MAX = 4;

  /** Statements of a batch that are sent as one step. */
  private static final int BATCH_MAX = 500;

  private final ReplicatedSqlClient client;
  private boolean autoCommit = true;
  private boolean readOnly;
  private String schemaOrNull;
  private int timeoutMillis;
  private WriteTransaction writing;
  private volatile ReadTransaction reading;
  private volatile WriteTransaction cancellable;
  private volatile boolean closed;

  ReplicatedSession(ReplicatedSqlClient client) {
    this.client = client;
    timeoutMillis = client.settings().timeoutMillis();
  }

  private long deadline() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
  }

  private void checkOpen() throws SQLException {
    if (closed) {
      throw SqlErrors.exception("08003", "the session is closed");
    }
  }

  private void checkNoTransaction(String what) throws SQLException {
    checkOpen();
    if (isInTransaction()) {
      throw SqlErrors.exception(
          "25001", what + " cannot be changed within a transaction; commit or roll back first");
    }
  }

  private String schemaText() {
    return schemaOrNull == null ? "" : schemaOrNull;
  }

  // ---- settings -----------------------------------------------------------------------------

  @Override
  public void setAutoCommit(boolean on) throws SQLException {
    checkOpen();
    if (on != autoCommit) {
      commit();
      autoCommit = on;
    }
  }

  @Override
  public boolean isAutoCommit() {
    return autoCommit;
  }

  @Override
  public void setReadOnly(boolean on) throws SQLException {
    checkNoTransaction("whether the session only reads");
    readOnly = on;
  }

  @Override
  public boolean isReadOnly() {
    return readOnly;
  }

  @Override
  public boolean isInTransaction() {
    return writing != null || reading != null;
  }

  @Override
  public void setSchema(String schema) throws SQLException {
    checkOpen();
    if (isInTransaction()) {
      inTransaction(new SqlStep.UseSchema(schema == null ? "" : schema), deadline());
    }
    schemaOrNull = schema;
  }

  @Override
  public String schema() throws SQLException {
    checkOpen();
    if (schemaOrNull != null) {
      return schemaOrNull;
    }
    return foldsToUpperCase() ? "PUBLIC" : "public";
  }

  private boolean foldsToUpperCase() throws SQLException {
    return Boolean.TRUE.equals(client.databaseProperties().get("storesUpperCaseIdentifiers"));
  }

  @Override
  public void setTimeoutMillis(int millis) {
    if (millis < 1) {
      throw new IllegalArgumentException("a timeout is at least 1 ms, not " + millis);
    }
    timeoutMillis = millis;
  }

  @Override
  public SqlClient client() {
    return client;
  }

  // ---- statements ---------------------------------------------------------------------------

  @Override
  public SqlResult execute(SqlStatement statement) throws SQLException {
    checkOpen();
    long deadline = deadline();
    FirstWord first = FirstWord.of(statement.sql());
    if (first == FirstWord.DEFINES) {
      return define(statement, deadline);
    }
    if (first == FirstWord.SETS) {
      String schema = SetSchema.schemaOrNull(statement.sql(), foldsToUpperCase());
      if (schema != null) {
        setSchema(schema);
        return SqlResult.ofCount(0);
      }
    }
    SqlStep.Execute step = new SqlStep.Execute(whole(statement), List.of());
    SqlResult result;
    if (!autoCommit) {
      result = inTransaction(step, deadline);
    } else if (readOnly) {
      result = done(readAlone(step, deadline));
    } else if (first == FirstWord.MAY_READ) {
      StepResult read = readAlone(step, deadline);
      boolean changes =
          read instanceof StepResult.Failed failed && failed.failure().sqlState().equals("25006");
      result = done(changes ? now(step, deadline) : read);
    } else {
      result = done(now(step, deadline));
    }
    return cut(result, statement.maxRows());
  }

  /** Replicas do not cut results: which rows they would leave out could differ. */
  private static SqlStatement whole(SqlStatement statement) {
    return new SqlStatement(statement.sql(), statement.parameters(), 0, statement.keys());
  }

  private static SqlResult cut(SqlResult result, int maxRows) {
    if (maxRows == 0 || !result.isQuery() || result.rowsOrNull().rows().size() <= maxRows) {
      return result;
    }
    SqlRows rows = result.rowsOrNull();
    return SqlResult.ofRows(new SqlRows(rows.columns(), rows.rows().subList(0, maxRows)));
  }

  private SqlResult inTransaction(SqlStep step, long deadline) throws SQLException {
    if (readOnly) {
      if (reading == null) {
        reading = new ReadTransaction(client, schemaText());
      }
      return done(reading.perform(step, deadline));
    }
    return done(writing(deadline).perform(step, deadline));
  }

  private WriteTransaction writing(long deadline) throws SQLException {
    if (writing == null) {
      writing = WriteTransaction.begin(client, schemaText(), deadline);
      cancellable = writing;
    }
    return writing;
  }

  private StepResult readAlone(SqlStep step, long deadline) throws SQLException {
    for (int attempts = 1; ; attempts++) {
      ReadTransaction alone = new ReadTransaction(client, schemaText());
      try {
        reading = alone;
        return alone.perform(step, deadline);
      } catch (SQLException e) {
        if (!"40001".equals(e.getSQLState()) || attempts == READ_ATTEMPTS_MAX) {
          throw e;
        }
      } finally {
        reading = null;
        alone.end();
      }
    }
  }

  private static SqlResult done(StepResult result) throws SQLException {
    if (result instanceof StepResult.Done done) {
      return done.result();
    } else if (result instanceof StepResult.Failed failed) {
      throw SqlErrors.exception(failed.failure());
    }
    throw SqlErrors.exception("08P01", "the replicas answered something else");
  }

  /** A transaction that is done where it is ordered. */
  private StepResult now(SqlStep step, long deadline) throws SQLException {
    SqlReply reply = client.group().call(new SqlCommand.ExecuteNow(schemaText(), step), deadline);
    if (!(reply instanceof SqlReply.Result result)) {
      throw Group.unexpected(reply);
    }
    return result.result();
  }

  private SqlResult define(SqlStatement statement, long deadline) throws SQLException {
    if (readOnly) {
      throw SqlErrors.exception("25006", "the transaction may only read");
    }
    commit();
    try {
      SqlStep step = new SqlStep.Execute(whole(statement), List.of());
      return done(now(step, deadline));
    } finally {
      client.ids().forget();
    }
  }

  @Override
  public List<SqlResult> executeBatch(List<SqlStatement> statements) throws SQLException {
    checkOpen();
    if (statements.isEmpty()) {
      return List.of();
    }
    boolean defines =
        statements.stream().anyMatch(each -> FirstWord.of(each.sql()) == FirstWord.DEFINES);
    if (!readOnly && !defines) {
      return autoCommit ? batchNow(statements) : batchInTransaction(statements);
    }
    List<SqlResult> results = new ArrayList<>();
    for (SqlStatement statement : statements) {
      try {
        results.add(execute(statement));
      } catch (SQLException e) {
        throw batchFailure(results, e);
      }
    }
    return results;
  }

  private static SqlStep batch(List<SqlStatement> statements) {
    return new SqlStep.Batch(statements.stream().map(ReplicatedSession::whole).toList(), List.of());
  }

  private List<SqlResult> batchNow(List<SqlStatement> statements) throws SQLException {
    List<SqlResult> results = new ArrayList<>();
    addBatch(now(batch(statements), deadline()), results);
    if (results.size() != statements.size()) {
      throw SqlErrors.exception("08P01", "the group answered fewer results than it was asked for");
    }
    return results;
  }

  /** A round trip to the master for each part of the batch, not for each statement. */
  private List<SqlResult> batchInTransaction(List<SqlStatement> statements) throws SQLException {
    List<SqlResult> results = new ArrayList<>();
    for (int from = 0; from < statements.size(); from += BATCH_MAX) {
      List<SqlStatement> part =
          statements.subList(from, Math.min(statements.size(), from + BATCH_MAX));
      long deadline = deadline();
      addBatch(writing(deadline).performBatch(batch(part), deadline), results);
    }
    return results;
  }

  /** Adds what a batch came to, up to the first of its statements that failed. */
  private static void addBatch(StepResult result, List<SqlResult> results) throws SQLException {
    if (result instanceof StepResult.Batch batch) {
      for (StepResult each : batch.results()) {
        if (each instanceof StepResult.Done done) {
          results.add(done.result());
        }
      }
    }
    if (result.failureOrNull() != null) {
      throw batchFailure(results, SqlErrors.exception(result.failureOrNull()));
    }
  }

  private static BatchUpdateException batchFailure(List<SqlResult> before, SQLException why) {
    long[] counts = before.stream().mapToLong(SqlResult::updateCount).toArray();
    BatchUpdateException failure =
        new BatchUpdateException(
            why.getMessage(), why.getSQLState(), why.getErrorCode(), counts, why);
    failure.setNextException(why);
    return failure;
  }

  @Override
  public SqlDescription describe(String sql) throws SQLException {
    StepResult result = question(new SqlStep.Describe(sql));
    if (result instanceof StepResult.Described described) {
      return described.description();
    }
    done(result);
    throw SqlErrors.exception("08P01", "the replicas answered something else");
  }

  @Override
  public SqlRows metadata(String method, Object... arguments) throws SQLException {
    List<SqlParameter> values = Arrays.stream(arguments).map(SqlParameter::of).toList();
    return done(question(new SqlStep.Metadata(method, values))).rowsOrNull();
  }

  /** Asked of what is committed, beside a transaction that may be open. */
  private StepResult question(SqlStep step) throws SQLException {
    checkOpen();
    ReadTransaction open = reading;
    try {
      return readAlone(step, deadline());
    } finally {
      reading = open;
    }
  }

  // ---- transactions -------------------------------------------------------------------------

  @Override
  public void commit() throws SQLException {
    checkOpen();
    endReading();
    WriteTransaction ending = writing;
    writing = null;
    cancellable = null;
    if (ending != null) {
      ending.commit(deadline());
    }
  }

  @Override
  public void rollback() throws SQLException {
    checkOpen();
    endReading();
    WriteTransaction ending = writing;
    writing = null;
    cancellable = null;
    if (ending != null) {
      ending.rollback();
    }
  }

  private void endReading() {
    ReadTransaction ending = reading;
    reading = null;
    if (ending != null) {
      ending.end();
    }
  }

  private void savepoint(SqlStep.Savepoint.Action action, String name) throws SQLException {
    checkOpen();
    if (autoCommit) {
      throw SqlErrors.exception("25P01", "there are no savepoints with auto-commit");
    }
    SqlStep.Savepoint step;
    try {
      step = new SqlStep.Savepoint(action, name);
    } catch (IllegalArgumentException e) {
      throw SqlErrors.exception("3B001", e.getMessage());
    }
    inTransaction(step, deadline());
  }

  @Override
  public void setSavepoint(String name) throws SQLException {
    savepoint(SqlStep.Savepoint.Action.SET, name);
  }

  @Override
  public void rollbackTo(String name) throws SQLException {
    savepoint(SqlStep.Savepoint.Action.ROLL_BACK_TO, name);
  }

  @Override
  public void releaseSavepoint(String name) throws SQLException {
    savepoint(SqlStep.Savepoint.Action.RELEASE, name);
  }

  @Override
  public void cancel() throws SQLException {
    checkOpen();
    WriteTransaction write = cancellable;
    if (write != null) {
      write.cancel();
    }
    ReadTransaction read = reading;
    if (read != null) {
      read.cancel();
    }
  }

  // ---- the session --------------------------------------------------------------------------

  @Override
  public boolean isValid(int millis) {
    if (closed) {
      return false;
    }
    try {
      long id = client.newTransactionId();
      long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(1, millis));
      client
          .group()
          .await(client.group().ask(new SqlCommand.BeginRead(id, schemaText())), deadline);
      client.links().send(client.all(), new SessionMessage.End(id));
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public void abort() {
    if (!closed) {
      closed = true;
      client.forget(this);
      WriteTransaction open = cancellable;
      if (open != null) {
        open.cancel();
        try {
          open.rollback();
        } catch (SQLException e) {
          // The group ends it when its time is over.
          LOG.debug("a transaction cannot be rolled back while its session is aborted", e);
        }
      }
      ReadTransaction read = reading;
      if (read != null) {
        read.end();
      }
    }
  }

  @Override
  public void close() throws SQLException {
    if (!closed) {
      try {
        rollback();
      } finally {
        closed = true;
        client.forget(this);
      }
    }
  }
}
