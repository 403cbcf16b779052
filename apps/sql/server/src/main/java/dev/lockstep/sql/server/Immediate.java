package dev.lockstep.sql.server;

import dev.lockstep.sql.message.DrawnId;
import dev.lockstep.sql.message.Ordering;
import dev.lockstep.sql.message.SqlResult;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.ReplicatedState.Counter;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.determinism.Refusals;
import dev.lockstep.sql.server.determinism.RefusedSql;
import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A transaction that is done where it is ordered, by all replicas: it meets nobody, for whoever
 * holds a lock ahead of the order gives way. Service thread only.
 */
final class Immediate {
  static final StepResult NOTHING_DONE = new StepResult.Done(SqlResult.ofCount(0), Ordering.NONE);

  private final Database database;
  private final Speculation speculation;
  private final Counters counters;
  private final String schema;
  private final Plan.Circumstances circumstances;
  private boolean changed;

  Immediate(
      Database database,
      Speculation speculation,
      Counters counters,
      String schema,
      Plan.Circumstances circumstances) {
    this.database = database;
    this.speculation = speculation;
    this.counters = counters;
    this.schema = schema;
    this.circumstances = circumstances;
  }

  /** Whether the database is another one. */
  boolean hasChanged() {
    return changed;
  }

  /** What the step came to; if it failed, nothing was done. */
  StepResult carryOut(SqlStep step) {
    Map<String, Counter> before = counters.copy();
    try {
      return attempt(step, false);
    } catch (TransactionRun.Disturbed e) {
      counters.returnTo(before);
    }
    speculation.exclusive();
    try {
      return attempt(step, true);
    } catch (TransactionRun.Disturbed e) {
      throw new DatabaseBroken("something outside of Lockstep holds locks in the database", e);
    } finally {
      speculation.resume();
    }
  }

  private StepResult attempt(SqlStep step, boolean alone) throws TransactionRun.Disturbed {
    EngineTransaction transaction = database.begin(schema, Engine.Patience.SHORT);
    boolean committed = false;
    try {
      TransactionRun run = new TransactionRun(database, transaction, schema, circumstances, false);
      StepResult result = run.next(step, this::draw);
      if (result.failureOrNull() != null) {
        if (result.failureOrNull().sqlState().equals("40001") && !alone) {
          // Its snapshot is the newest: it can only have met somebody ahead of the order.
          throw new TransactionRun.Disturbed(Engine.FailureKind.CONFLICT, "a deadlock");
        }
        return result;
      }
      committed = true;
      transaction.commit();
      changed = run.hasChanged();
      return result;
    } catch (SQLException e) {
      if (database.engine().kindOf(e) != Engine.FailureKind.STATEMENT) {
        throw new DatabaseBroken("a transaction cannot be committed", e);
      }
      return new StepResult.Failed(
          e.getSQLState() == null ? "HY000" : e.getSQLState(), String.valueOf(e.getMessage()));
    } finally {
      if (!committed) {
        transaction.rollback();
      }
    }
  }

  private List<Long> draw(List<String> sources, List<DrawnId> given) throws RefusedSql {
    List<Long> values = new ArrayList<>();
    for (String source : sources) {
      Counter taken = counters.takeOrNull(source, 1);
      if (taken == null) {
        throw Refusals.noSequence();
      }
      values.add(taken.next());
    }
    return values;
  }
}
