package dev.lockstep.sql.server;

import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SessionMessage.Answer;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepBytes;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * A transaction as far as it was done ahead of the order. Guarded by the monitor of its {@link
 * Speculation}; while {@link #isRunning}, the engine's transaction belongs to the thread that runs
 * it, and when seized, to the service's thread.
 *
 * <pre>
 *   early --begin--> idle <--> running
 *                      |          |
 *                      +-- dead --+   its steps are lost, its snapshot stays
 *                      +- seized -+   the order ends it
 * </pre>
 */
final class SpeculativeTransaction {
  /** Steps that may wait for those before them. */
  private static final int WAITING_MAX = 1024;

  /**
   * What a transaction begins with.
   *
   * @param version how many were committed before, for one that only reads; else 0
   */
  record Beginning(
      TransactionKey key,
      EngineTransaction transaction,
      String schema,
      Plan.Circumstances circumstances,
      boolean readOnly,
      long version) {}

  private final TransactionKey key;
  private final Deque<SessionMessage.Operation> waiting = new ArrayDeque<>();
  private final List<SqlStep> steps = new ArrayList<>();
  private final List<byte[]> hashes = new ArrayList<>();
  private Beginning beginning;
  private Database database;
  private TransactionRun run;
  private Consumer<Answer> answers;
  private int attempt;
  private boolean restart;
  private int confirmed;
  private boolean running;
  private boolean dead;
  private boolean seized;

  SpeculativeTransaction(TransactionKey key) {
    this.key = key;
  }

  TransactionKey key() {
    return key;
  }

  void begin(Beginning with, Database on) {
    beginning = with;
    database = on;
    run = newRun();
  }

  private TransactionRun newRun() {
    return new TransactionRun(
        database,
        beginning.transaction,
        beginning.schema,
        beginning.circumstances,
        beginning.readOnly);
  }

  boolean isReadOnly() {
    return beginning != null && beginning.readOnly;
  }

  boolean isRunning() {
    return running;
  }

  /** Whether others may have to wait for it. */
  boolean mayHoldLocks() {
    return !isReadOnly() && !dead && (running || run.hasChanged());
  }

  void markDead() {
    dead = true;
  }

  void seize() {
    seized = true;
  }

  /** False if the client cannot be a correct one. */
  boolean take(SessionMessage.Operation operation, Consumer<Answer> to) {
    if (operation.attempt() < attempt) {
      return true;
    }
    if (operation.attempt() > attempt) {
      attempt = operation.attempt();
      waiting.clear();
      confirmed = 0;
      restart = true;
    }
    answers = to;
    int next = (restart ? 0 : steps.size()) + waiting.size() + (isTaskUnderWay() ? 1 : 0);
    if (operation.index() < next) {
      return true; // sent twice
    }
    if (operation.index() > next || waiting.size() >= WAITING_MAX) {
      return operation.index() <= next + WAITING_MAX;
    }
    waiting.add(operation);
    confirmed = Math.max(confirmed, operation.index());
    return true;
  }

  private boolean isTaskUnderWay() {
    return running && taskUnderWay && !restart;
  }

  private boolean taskUnderWay;

  void confirm(int ofAttempt, int upTo) {
    if (ofAttempt == attempt) {
      confirmed = Math.max(confirmed, upTo);
    }
  }

  private boolean isRunnable() {
    SessionMessage.Operation next = waiting.peek();
    return run != null && !seized && next != null && (next.lead() || next.index() < confirmed);
  }

  boolean startRunning() {
    if (running || !isRunnable()) {
      return false;
    }
    running = true;
    return true;
  }

  void stopRunning() {
    running = false;
    taskUnderWay = false;
  }

  /** The next step to do; null if there is none now. */
  Task nextTaskOrNull() {
    taskUnderWay = false;
    if (!isRunnable()) {
      return null;
    }
    boolean again = restart;
    if (again) {
      restart = false;
      steps.clear();
      hashes.clear();
    }
    taskUnderWay = true;
    return new Task(waiting.poll(), attempt, again, dead);
  }

  /**
   * A step was done.
   *
   * @return who wants to hear of it; null for nobody
   */
  Consumer<Answer> done(Task task, Answer answer) {
    taskUnderWay = false;
    if (task.attempt == attempt && !restart) {
      if (!(answer.result() instanceof StepResult.NeedsIds)) {
        steps.add(task.operation.step());
        hashes.add(ResultHash.of(answer.result()));
      }
      return task.operation.lead() ? answers : null;
    }
    return null;
  }

  /** A step that is being done, without the monitor. */
  final class Task {
    private final SessionMessage.Operation operation;
    private final int attempt;
    private final boolean again;
    private final boolean lost;

    private Task(SessionMessage.Operation operation, int attempt, boolean again, boolean lost) {
      this.operation = operation;
      this.attempt = attempt;
      this.again = again;
      this.lost = lost;
    }

    Answer run() {
      if (lost) {
        return failed("40001", "the transaction had to give way to one that was committed");
      }
      try {
        if (again) {
          run.transaction().rewind();
          run = newRun();
        }
        return answer(run.next(operation.step(), TransactionRun::givenIds));
      } catch (TransactionRun.Disturbed e) {
        boolean waited = e.kind() == dev.lockstep.sql.server.engine.Engine.FailureKind.LOCKED;
        return waited
            ? failed("40001", "another transaction holds a lock for too long; run it again")
            : failed("57014", "the statement was cancelled");
      } catch (SQLException e) {
        return failed("40001", "the transaction cannot be repeated on this replica; run it again");
      }
    }

    Answer failed(String sqlState, String message) {
      return answer(new StepResult.Failed(sqlState, message));
    }

    private Answer answer(StepResult result) {
      return new Answer(key.number(), attempt, operation.index(), beginning.version, result);
    }
  }

  /** Ends the statement that runs, if one does. Any thread. */
  void cancelRunning() {
    Beginning with = beginning;
    if (with != null) {
      with.transaction.cancel();
    }
  }

  // ---- not running, on the service's thread -------------------------------------------------

  /**
   * The run to go on with, if it has done what the claims begin with, with the same results and
   * without any failure; null if the order has to find out by itself.
   */
  TransactionRun continuedOrNull(List<SqlCommand.Claim> claims) {
    if (dead || restart || run.hasEverFailed() || steps.size() != run.steps()) {
      return null;
    }
    if (steps.size() > claims.size()) {
      return null;
    }
    for (int i = 0; i < steps.size(); i++) {
      SqlCommand.Claim claim = claims.get(i);
      if (!Arrays.equals(hashes.get(i), claim.hash()) || !isSame(steps.get(i), claim.step())) {
        return null;
      }
    }
    return run;
  }

  private static boolean isSame(SqlStep one, SqlStep other) {
    return one == other || Arrays.equals(StepBytes.of(one), StepBytes.of(other));
  }

  Beginning beginning() {
    return beginning;
  }

  /** What it did is undone, and its locks are free; the snapshot stays. */
  void undo() {
    try {
      beginning.transaction.rewind();
    } catch (SQLException e) {
      // The engine has undone it before, and holds the snapshot elsewhere.
      org.slf4j.LoggerFactory.getLogger(SpeculativeTransaction.class)
          .debug("{} was undone by its engine", key, e);
    }
  }

  void rollback() {
    beginning.transaction.rollback();
  }
}
