package dev.lockstep.sql.server;

import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;

/** Carries out the COMMIT of one transaction that is seized. Service thread only. */
final class Commit {
  /** What came of it, the same on all replicas. */
  enum Verdict {
    /** Committed, and the database is another one. */
    CHANGED,
    /** Committed, but it only read. */
    UNCHANGED,
    /** Rolled back: the results are not those that the client was shown. */
    FALSE,
    /** Rolled back: another transaction was committed first that changes the same. */
    CONFLICT,
    /** Rolled back: a step has failed, as the client knows. */
    FAILED
  }

  private final Database database;
  private final Speculation speculation;
  private final SpeculativeTransaction transaction;
  private final List<SqlCommand.Claim> claims;

  Commit(
      Database database,
      Speculation speculation,
      SpeculativeTransaction transaction,
      List<SqlCommand.Claim> claims) {
    this.database = database;
    this.speculation = speculation;
    this.transaction = transaction;
    this.claims = claims;
  }

  Verdict carryOut() {
    TransactionRun run = transaction.continuedOrNull(claims);
    if (run != null && goOn(run)) {
      try {
        run.transaction().commit();
        return run.hasChanged() ? Verdict.CHANGED : Verdict.UNCHANGED;
      } catch (SQLException e) {
        // Deferred constraints are checked by the commit; what follows from it is found out below,
        // if the engine still has the snapshot. It has, unless it does not work.
        return afterFailedCommit(e);
      }
    }
    return again();
  }

  /** Does the rest; whether all of it came to what was claimed. */
  private boolean goOn(TransactionRun run) {
    if (run.steps() == claims.size()) {
      return true;
    }
    try {
      run.transaction().hurry();
      for (int i = run.steps(); i < claims.size(); i++) {
        if (!matches(next(run, claims.get(i)), claims.get(i)) || run.isFailed()) {
          return false;
        }
      }
      return true;
    } catch (TransactionRun.Disturbed e) {
      return false;
    } catch (SQLException e) {
      throw new DatabaseBroken("a transaction cannot be hurried", e);
    }
  }

  private static boolean matches(StepResult result, SqlCommand.Claim claim) {
    return Arrays.equals(ResultHash.of(result), claim.hash());
  }

  private static StepResult next(TransactionRun run, SqlCommand.Claim claim)
      throws TransactionRun.Disturbed {
    return run.next(claim.step(), TransactionRun::givenIds);
  }

  /** Does everything from the first step, with nothing in the way. */
  private Verdict again() {
    speculation.exclusive();
    EngineTransaction fresh = null;
    try {
      SpeculativeTransaction.Beginning beginning = transaction.beginning();
      fresh = beginning.transaction().undisturbed();
      TransactionRun run =
          new TransactionRun(database, fresh, beginning.schema(), beginning.circumstances(), false);
      for (SqlCommand.Claim claim : claims) {
        StepResult result = next(run, claim);
        if (!matches(result, claim)) {
          boolean conflict =
              result.failureOrNull() != null && result.failureOrNull().sqlState().equals("40001");
          return conflict ? Verdict.CONFLICT : Verdict.FALSE;
        }
      }
      if (run.isFailed()) {
        return Verdict.FAILED;
      }
      fresh.commit();
      fresh = null;
      return run.hasChanged() ? Verdict.CHANGED : Verdict.UNCHANGED;
    } catch (TransactionRun.Disturbed e) {
      throw new DatabaseBroken("something outside of Lockstep holds locks in the database", e);
    } catch (SQLException e) {
      return afterFailedCommit(e);
    } finally {
      if (fresh != null) {
        fresh.rollback();
      }
      speculation.resume();
    }
  }

  private Verdict afterFailedCommit(SQLException e) {
    return switch (database.engine().kindOf(e)) {
      case STATEMENT -> Verdict.FAILED;
      default -> throw new DatabaseBroken("a transaction cannot be committed", e);
    };
  }
}
