package dev.lockstep.sql.server;

import dev.lockstep.sql.message.DrawnId;
import dev.lockstep.sql.message.Ordering;
import dev.lockstep.sql.message.SqlFailure;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.determinism.Refusals;
import dev.lockstep.sql.server.determinism.RefusedSql;
import dev.lockstep.sql.server.determinism.StatementPolicy.Kind;
import dev.lockstep.sql.server.engine.Engine.FailureKind;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Does the steps of one transaction, in such a way that all engines behave alike: after a failure
 * nothing is done until the transaction is rolled back, to a savepoint or as a whole. One thread at
 * a time.
 */
final class TransactionRun {
  /** It could not be done now, for a reason that has to do with this replica only. */
  static final class Disturbed extends Exception {
    private static final long serialVersionUID = 1L;
    private final FailureKind kind;

    Disturbed(FailureKind kind, String message) {
      super(message, null, false, false);
      this.kind = kind;
    }

    FailureKind kind() {
      return kind;
    }
  }

  /** Where values come from that a statement draws. */
  interface Ids {
    /**
     * The values for a step that draws from these.
     *
     * @return null if they must be reserved first
     */
    List<Long> valuesOrNull(List<String> sources, List<DrawnId> given) throws RefusedSql;
  }

  /** Rows of generated keys that a batch may return. */
  private static final int BATCH_KEYS_MAX = 100_000;

  private final Database database;
  private final EngineTransaction transaction;
  private String schema;
  private final Plan.Circumstances circumstances;
  private final boolean readOnly;
  private boolean failed;
  private boolean everFailed;
  private boolean changed;
  private int steps;

  TransactionRun(
      Database database,
      EngineTransaction transaction,
      String schema,
      Plan.Circumstances circumstances,
      boolean readOnly) {
    this.database = database;
    this.transaction = transaction;
    this.schema = schema;
    this.circumstances = circumstances;
    this.readOnly = readOnly;
  }

  EngineTransaction transaction() {
    return transaction;
  }

  /** Whether it awaits a rollback. */
  boolean isFailed() {
    return failed;
  }

  /** Whether any step has failed. */
  boolean hasEverFailed() {
    return everFailed;
  }

  /** Whether a step may have changed something. */
  boolean hasChanged() {
    return changed;
  }

  /** Steps done. */
  int steps() {
    return steps;
  }

  /** Takes given values, and asks for them where there are none. */
  static List<Long> givenIds(List<String> sources, List<DrawnId> given) throws RefusedSql {
    if (sources.isEmpty()) {
      return List.of();
    }
    if (given.isEmpty()) {
      return null;
    }
    if (!given.stream().map(DrawnId::source).toList().equals(sources)) {
      throw Refusals.of("22023", "the values that were reserved are not those that are drawn");
    }
    return given.stream().map(DrawnId::value).toList();
  }

  /**
   * Does the next step.
   *
   * @throws Disturbed if a lock was not to be had, or somebody cancelled it
   * @throws DatabaseBroken if the database does not work
   */
  StepResult next(SqlStep step, Ids ids) throws Disturbed {
    try {
      StepResult result = attempt(step, ids);
      if (!(result instanceof StepResult.NeedsIds)) {
        steps++;
      }
      return result;
    } catch (RefusedSql e) {
      steps++;
      return fail(e.failure());
    } catch (SQLException e) {
      return failed(e);
    } catch (DatabaseBroken e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) {
      // A value that cannot be sent, or a driver that stumbles: the same on all replicas.
      steps++;
      return fail(stumbled(e));
    }
  }

  /** What a client is told when its statement brings an engine's driver down. */
  static SqlFailure stumbled(Throwable e) {
    return new SqlFailure("XX000", 0, "the statement cannot be done: " + e);
  }

  private StepResult failed(SQLException e) throws Disturbed {
    FailureKind kind = kindOf(e);
    if (kind == FailureKind.FATAL) {
      throw new DatabaseBroken("the database failed", e);
    } else if (kind == FailureKind.LOCKED || kind == FailureKind.CANCELLED) {
      failed = true;
      everFailed = true;
      throw new Disturbed(kind, String.valueOf(e.getMessage()));
    }
    steps++;
    return fail(failureOf(e));
  }

  private FailureKind kindOf(SQLException e) {
    return database.engine().kindOf(e);
  }

  private SqlFailure failureOf(SQLException e) {
    String state = e.getSQLState() == null ? "HY000" : e.getSQLState();
    return kindOf(e) == FailureKind.CONFLICT
        ? new SqlFailure(
            "40001", 0, "the transaction conflicts with one that was committed; run it again")
        : new SqlFailure(state, e.getErrorCode(), String.valueOf(e.getMessage()));
  }

  private StepResult fail(SqlFailure failure) {
    failed = true;
    everFailed = true;
    return new StepResult.Failed(failure);
  }

  private StepResult attempt(SqlStep step, Ids ids) throws SQLException, RefusedSql {
    if (step instanceof SqlStep.Savepoint savepoint) {
      return savepoint(savepoint);
    }
    if (failed) {
      return new StepResult.Failed(
          "25P02", "the transaction has failed and must be rolled back before anything else");
    }
    if (step instanceof SqlStep.Execute execute) {
      return execute(execute, ids);
    }
    if (step instanceof SqlStep.Batch batch) {
      return batch(batch, ids);
    }
    if (step instanceof SqlStep.UseSchema use) {
      database.checkSchema(use.schema());
      transaction.useSchema(use.schema());
      schema = use.schema();
      return new StepResult.Done(SqlResult.ofCount(0), Ordering.NONE);
    }
    if (!readOnly) {
      return new StepResult.Failed("0A000", "questions are asked outside of transactions");
    }
    if (step instanceof SqlStep.Describe describe) {
      Plan plan = database.plan(schema, describe.sql());
      return new StepResult.Described(Descriptions.of(transaction, plan));
    }
    SqlStep.Metadata metadata = (SqlStep.Metadata) step;
    return new StepResult.Done(
        SqlResult.ofRows(transaction.metadata(metadata.method(), metadata.arguments())),
        Ordering.NONE);
  }

  private StepResult execute(SqlStep.Execute execute, Ids ids) throws SQLException, RefusedSql {
    SqlStatement statement = execute.statement();
    Plan plan = checked(statement);
    List<Long> values = ids.valuesOrNull(plan.ids(), execute.ids());
    return values == null
        ? new StepResult.NeedsIds(plan.ids())
        : execute(plan, statement, values, steps);
  }

  private Plan checked(SqlStatement statement) throws RefusedSql {
    Plan plan = database.plan(schema, statement.sql());
    if (plan.kind() == Kind.DEFINE) {
      throw Refusals.of("25001", "a definition is a transaction of its own, outside of others");
    }
    if (readOnly && plan.kind() != Kind.READ) {
      throw Refusals.of("25006", "the transaction may only read");
    }
    database.checkValues(statement);
    return plan;
  }

  private StepResult batch(SqlStep.Batch batch, Ids ids) throws SQLException, RefusedSql {
    List<Plan> plans = new ArrayList<>();
    List<String> sources = new ArrayList<>();
    for (SqlStatement statement : batch.statements()) {
      Plan plan = checked(statement);
      if (plan.kind() == Kind.READ) {
        throw Refusals.of("0A000", "a batch takes changes only; execute the query by itself");
      }
      plans.add(plan);
      sources.addAll(plan.ids());
    }
    List<Long> all = ids.valuesOrNull(sources, batch.ids());
    if (all == null) {
      return new StepResult.NeedsIds(sources);
    }
    List<StepResult> results = new ArrayList<>();
    int idsUsed = 0;
    int keys = 0;
    for (int i = 0; i < plans.size(); i++) {
      Plan plan = plans.get(i);
      List<Long> values = all.subList(idsUsed, idsUsed + plan.ids().size());
      idsUsed += plan.ids().size();
      try {
        // What is drawn by chance differs from one statement to the next.
        StepResult.Done done = execute(plan, batch.statements().get(i), values, steps + (i << 16));
        keys += done.result().keysOrNull() == null ? 0 : done.result().keysOrNull().rows().size();
        if (done.result().isQuery() || keys > BATCH_KEYS_MAX) {
          throw Refusals.of("54000", "a batch returns no rows, and not so many generated keys");
        }
        results.add(done);
      } catch (SQLException e) {
        if (kindOf(e) != FailureKind.STATEMENT && kindOf(e) != FailureKind.CONFLICT) {
          throw e;
        }
        results.add(fail(failureOf(e)));
        break;
      }
    }
    return new StepResult.Batch(results);
  }

  private StepResult.Done execute(Plan plan, SqlStatement statement, List<Long> values, int draw)
      throws SQLException, RefusedSql {
    changed |= plan.kind() == Kind.CHANGE;
    SqlResult result =
        transaction.execute(
            plan.sql(),
            plan.bind(statement.parameters(), values, circumstances, draw),
            statement.maxRows(),
            statement.keys());
    Ordering ordering =
        result.isQuery() ? plan.ordering(result.rowsOrNull().columns()) : Ordering.NONE;
    return new StepResult.Done(result, ordering);
  }

  private StepResult savepoint(SqlStep.Savepoint savepoint) throws SQLException {
    boolean back = savepoint.action() == SqlStep.Savepoint.Action.ROLL_BACK_TO;
    if (failed && !back) {
      return new StepResult.Failed(
          "25P02", "the transaction has failed and must be rolled back before anything else");
    }
    switch (savepoint.action()) {
      case SET -> transaction.savepoint(savepoint.name());
      case RELEASE -> transaction.release(savepoint.name());
      default -> {
        transaction.rollbackTo(savepoint.name());
        failed = false;
      }
    }
    return new StepResult.Done(SqlResult.ofCount(0), Ordering.NONE);
  }
}
