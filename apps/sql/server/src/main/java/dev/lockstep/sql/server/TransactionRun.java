package dev.lockstep.sql.server;

import dev.lockstep.sql.message.Ordering;
import dev.lockstep.sql.message.SqlFailure;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlStatement;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.determinism.RefusedSql;
import dev.lockstep.sql.server.determinism.StatementPolicy.Kind;
import dev.lockstep.sql.server.engine.Engine.FailureKind;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.sql.SQLException;
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
     * The values for a step.
     *
     * @return null if they must be reserved first
     */
    List<Long> forStepOrNull(Plan plan, int step, List<Long> given) throws RefusedSql;
  }

  private final Database database;
  private final EngineTransaction transaction;
  private final String schema;
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
  static List<Long> givenIds(Plan plan, int step, List<Long> given) {
    return given.size() >= plan.ids().size() ? given : null;
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
    } catch (RuntimeException e) {
      // A value that cannot be sent, or a driver that stumbles: the same on all replicas.
      steps++;
      return fail(new SqlFailure("XX000", 0, "the statement cannot be done: " + e));
    }
  }

  private StepResult failed(SQLException e) throws Disturbed {
    FailureKind kind = database.engine().kindOf(e);
    if (kind == FailureKind.FATAL) {
      throw new DatabaseBroken("the database failed", e);
    } else if (kind == FailureKind.LOCKED || kind == FailureKind.CANCELLED) {
      failed = true;
      everFailed = true;
      throw new Disturbed(kind, String.valueOf(e.getMessage()));
    }
    steps++;
    String state = e.getSQLState() == null ? "HY000" : e.getSQLState();
    return fail(
        kind == FailureKind.CONFLICT
            ? new SqlFailure(
                "40001", 0, "the transaction conflicts with one that was committed; run it again")
            : new SqlFailure(state, e.getErrorCode(), String.valueOf(e.getMessage())));
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
    Plan plan = database.plan(schema, statement.sql());
    if (plan.kind() == Kind.DEFINE) {
      return fail(
          new SqlFailure(
              "25001", 0, "a definition is a transaction of its own, outside of others"));
    }
    if (readOnly && plan.kind() != Kind.READ) {
      return fail(new SqlFailure("25006", 0, "the transaction may only read"));
    }
    database.checkValues(statement);
    List<Long> values = ids.forStepOrNull(plan, steps, execute.ids());
    if (values == null) {
      return new StepResult.NeedsIds(plan.ids());
    }
    changed |= plan.kind() == Kind.CHANGE;
    SqlResult result =
        transaction.execute(
            plan.sql(),
            plan.bind(statement.parameters(), values, circumstances, steps),
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
