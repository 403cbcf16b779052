package dev.lockstep.sql.server;

import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SessionMessage.Answer;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlFailure;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepBytes;
import dev.lockstep.sql.message.StepResult;
import dev.lockstep.sql.server.determinism.Plan;
import dev.lockstep.sql.server.engine.Engine.FailureKind;
import dev.lockstep.sql.server.engine.EngineTransaction;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(SpeculativeTransaction.class);

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

  /** What a session is told of a transaction that the group has ended. */
  static final StepResult.Failed ENDED =
      new StepResult.Failed(
          new SqlFailure(
              "40001",
              SqlFailure.ENDED_BY_GROUP,
              "the transaction was rolled back, because a definition or a checkpoint came between,"
                  + " or because it was open for too long; run it again"));

  /** A step that waits, and how much of the budget it takes. */
  private record Waiting(SessionMessage.Operation operation, int cost) {}

  private final TransactionKey key;
  private final SpeculationBudget budget;
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  /** Of a transaction that only reads, they stay empty: nothing is ever compared with them. */
  private final List<SqlStep> steps = new ArrayList<>();

  private final List<byte[]> hashes = new ArrayList<>();
  private int stepsDone;
  private Beginning beginning;
  private long begunNanos;
  private Database database;
  private TransactionRun run;
  private Consumer<Answer> answers;
  private int attempt;
  private boolean restart;
  private int confirmed;
  private boolean running;
  private boolean dead;
  private boolean seized;

  /** What it takes of the budget. */
  private long held;

  private boolean released;

  SpeculativeTransaction(TransactionKey key, SpeculationBudget budget) {
    this.key = key;
    this.budget = budget;
  }

  TransactionKey key() {
    return key;
  }

  void begin(Beginning with, Database on) {
    beginning = with;
    begunNanos = System.nanoTime();
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

  long ageNanos(long now) {
    return now - begunNanos;
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

  static Answer answer(SessionMessage.Operation to, StepResult result) {
    return new Answer(to.transaction(), to.attempt(), to.index(), 0, result);
  }

  /** Tells whoever waits for a step that waits that it will not be done. */
  Runnable answersToWaiting() {
    Consumer<Answer> to = answers;
    List<SessionMessage.Operation> lost =
        waiting.stream().map(Waiting::operation).filter(SessionMessage.Operation::lead).toList();
    return () -> lost.forEach(operation -> to.accept(answer(operation, ENDED)));
  }

  /** A statement that was cancelled for the sake of the order is one to be run again. */
  Answer toTell(Task task, Answer answer) {
    boolean cancelled =
        answer.result().failureOrNull() != null
            && answer.result().failureOrNull().sqlState().equals("57014");
    return !cancelled || !dead && !seized
        ? answer
        : seized ? answer(task.operation, ENDED) : task.gaveWay();
  }

  /** Its steps need no memory any more. What they came to can still be asked for. */
  void release() {
    waiting.clear();
    give(held);
    released = true;
  }

  private void give(long cost) {
    budget.give(key.client(), cost);
    held -= cost;
  }

  /**
   * Takes the next step; one that was sent twice, or of which those before were lost, is nothing.
   *
   * @param cost what it takes of the budget, which has room for it
   */
  void take(SessionMessage.Operation operation, int cost, Consumer<Answer> to) {
    if (released || operation.attempt() < attempt) {
      return;
    }
    if (operation.attempt() > attempt) {
      attempt = operation.attempt();
      waiting.clear();
      steps.clear();
      hashes.clear();
      stepsDone = 0;
      give(held);
      confirmed = 0;
      restart = true;
    }
    answers = to;
    int next = stepsDone + waiting.size() + (isTaskUnderWay() ? 1 : 0);
    if (operation.index() != next) {
      return;
    }
    budget.take(key.client(), cost);
    held += cost;
    waiting.add(new Waiting(operation, cost));
    confirmed = Math.max(confirmed, operation.index());
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
    SessionMessage.Operation next = waiting.isEmpty() ? null : waiting.peek().operation;
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
    restart = false;
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
      boolean done = !(answer.result() instanceof StepResult.NeedsIds);
      stepsDone += done ? 1 : 0;
      if (done && !isReadOnly()) {
        steps.add(task.operation.step());
        hashes.add(ResultHash.of(answer.result()));
      } else if (!released) {
        give(task.cost);
      }
      return task.operation.lead() ? answers : null;
    }
    return null;
  }

  /** A step that is being done, without the monitor. */
  final class Task {
    private final SessionMessage.Operation operation;
    private final int cost;
    private final int attempt;
    private final boolean again;
    private final boolean lost;

    private Task(Waiting waiting, int attempt, boolean again, boolean lost) {
      this.operation = waiting.operation;
      this.cost = waiting.cost;
      this.attempt = attempt;
      this.again = again;
      this.lost = lost;
    }

    Answer run() {
      if (lost) {
        return gaveWay();
      }
      try {
        if (again) {
          run.transaction().rewind();
          run = newRun();
        }
        return answer(run.next(operation.step(), TransactionRun::givenIds));
      } catch (TransactionRun.Disturbed e) {
        boolean waited = e.kind() == FailureKind.LOCKED;
        return waited
            ? failed("40001", "another transaction holds a lock for too long; run it again")
            : failed("57014", "the statement was cancelled");
      } catch (SQLException e) {
        return failed("40001", "the transaction cannot be repeated on this replica; run it again");
      }
    }

    Answer gaveWay() {
      return failed("40001", "the transaction had to give way to one that was committed");
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
      LOG.debug("{} was undone by its engine", key, e);
    }
  }

  void rollback() {
    beginning.transaction.rollback();
  }
}
