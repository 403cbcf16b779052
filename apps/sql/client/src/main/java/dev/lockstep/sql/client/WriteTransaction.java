package dev.lockstep.sql.client;

import dev.lockstep.sql.message.DrawnId;
import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlFailure;
import dev.lockstep.sql.message.SqlReply;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A transaction that may change something. Its steps go to the master, and in the optimised variant
 * to the others too; the commit tells the group what was done and what was seen. When the master is
 * gone or too slow, the group gets another one, which does the steps again and must come to the
 * same. One thread at a time, but for {@link #cancel} and the network's.
 */
final class WriteTransaction implements SessionLinks.Listener {
  /**
   * What the network's thread tells.
   *
   * @param answerOrNull null if it is about the connection
   * @param connected whether there is one to this replica
   */
  private record Event(int replica, SessionMessage.Answer answerOrNull, boolean connected) {}

  /**
   * A statement that takes long is no fault of its master: each next one is given twice as long.
   */
  private static final int DOUBLINGS_MAX = 10;

  /** How often a transaction is begun anew before the application is told. */
  private static final int BEGUN_AGAIN_MAX = 5;

  /** Values that one step may draw. */
  private static final int IDS_MAX = 10_000;

  private final ReplicatedSqlClient client;
  private final String schema;

  /** Another one when the group has ended the transaction, and it is begun anew. */
  private volatile long id;

  private final List<SqlCommand.Claim> claims = new ArrayList<>();
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private int master;
  private long epoch;
  private int attempt;
  private int timesBegunAgain;

  /** Why nothing more can be done but to roll back; null while all is well. */
  private SqlFailure failure;

  /** Whether going back to a savepoint mends it. */
  private boolean mendable;

  private WriteTransaction(ReplicatedSqlClient client, String schema) {
    this.client = client;
    this.schema = schema;
  }

  static WriteTransaction begin(ReplicatedSqlClient client, String schema, long deadline)
      throws SQLException {
    WriteTransaction transaction = new WriteTransaction(client, schema);
    transaction.begin(deadline);
    return transaction;
  }

  private void begin(long deadline) throws SQLException {
    id = client.newTransactionId();
    client.links().listen(id, this);
    boolean begun = false;
    try {
      SqlReply reply = client.group().call(new SqlCommand.Begin(id, schema), deadline);
      if (!(reply instanceof SqlReply.Begun known)) {
        throw Group.unexpected(reply);
      }
      master = known.master();
      epoch = known.epoch();
      begun = true;
    } finally {
      if (!begun) {
        client.links().forget(id);
      }
    }
  }

  /**
   * The group has ended the transaction, though it met no other one. If its steps come to the same
   * on a snapshot of now, it might as well have begun now, and nobody notices.
   *
   * @return whether it is under way again
   */
  private boolean begunAgain(SqlFailure why, long deadline) throws SQLException {
    if (!why.isEndedByGroup() || timesBegunAgain == BEGUN_AGAIN_MAX) {
      return false;
    }
    timesBegunAgain++;
    client.links().forget(id);
    attempt = 0;
    events.clear();
    begin(deadline);
    boolean again = false;
    try {
      if (!repeat(deadline)) {
        replaceMaster(deadline);
      }
      again = true;
      return true;
    } finally {
      if (!again) {
        rollback();
      }
    }
  }

  boolean isFailed() {
    return failure != null;
  }

  // ---- steps --------------------------------------------------------------------------------

  /**
   * Does a step.
   *
   * @throws SQLException what the master says; the transaction has failed then
   */
  StepResult perform(SqlStep step, long deadline) throws SQLException {
    StepResult result = performBatch(step, deadline);
    if (result.failureOrNull() != null) {
      throw SqlErrors.exception(result.failureOrNull());
    }
    return result;
  }

  /**
   * Does a step of which it is of interest how far it came if it fails.
   *
   * @return what it came to; the transaction has failed if the step has
   */
  StepResult performBatch(SqlStep step, long deadline) throws SQLException {
    boolean back =
        step instanceof SqlStep.Savepoint savepoint
            && savepoint.action() == SqlStep.Savepoint.Action.ROLL_BACK_TO;
    if (failure != null && !(back && mendable)) {
      throw SqlErrors.exception(
          "25P02", "the transaction has failed and must be rolled back: " + failure.message());
    }
    try {
      StepResult result = exchange(step, deadline);
      failure = result.failureOrNull();
      mendable =
          failure != null
              && !failure.sqlState().startsWith("40")
              && !failure.sqlState().equals("57014");
      return result;
    } catch (SQLException e) {
      failure = new SqlFailure(String.valueOf(e.getSQLState()), 0, e.getMessage());
      mendable = false;
      throw e;
    }
  }

  private StepResult exchange(SqlStep first, long deadline) throws SQLException {
    SqlStep step = first;
    int index = claims.size();
    boolean hasIds = false;
    send(index, step);
    while (true) {
      SqlStep sent = step;
      SessionMessage.Answer answer = next(index, () -> send(index, sent), deadline);
      if (answer == null || !isAnswer(answer.result(), step, hasIds)) {
        // Gone, too slow, or it says what no correct master says.
        replaceMaster(deadline);
        send(index, step);
      } else if (answer.result().failureOrNull() != null
          && begunAgain(answer.result().failureOrNull(), deadline)) {
        send(index, step);
      } else if (answer.result() instanceof StepResult.NeedsIds needs) {
        List<DrawnId> ids = client.ids().take(needs.sources(), deadline);
        step =
            step instanceof SqlStep.Batch batch
                ? new SqlStep.Batch(batch.statements(), ids)
                : new SqlStep.Execute(((SqlStep.Execute) step).statement(), ids);
        hasIds = true;
        send(index, step);
      } else {
        claims.add(new SqlCommand.Claim(step, ResultHash.of(answer.result())));
        return answer.result();
      }
    }
  }

  /** Whether a correct master may answer this. */
  private static boolean isAnswer(StepResult result, SqlStep step, boolean hasIds) {
    if (result instanceof StepResult.Failed) {
      return true;
    } else if (result instanceof StepResult.NeedsIds needs) {
      return !hasIds
          && (step instanceof SqlStep.Execute || step instanceof SqlStep.Batch)
          && !needs.sources().isEmpty()
          && needs.sources().size() <= IDS_MAX;
    } else if (step instanceof SqlStep.Batch batch) {
      return result instanceof StepResult.Batch done
          && (done.failureOrNull() == null
              ? done.results().size() == batch.statements().size()
              : done.results().size() <= batch.statements().size());
    }
    return result instanceof StepResult.Done;
  }

  private void send(int index, SqlStep step) {
    client
        .links()
        .send(List.of(master), new SessionMessage.Operation(id, attempt, index, true, step));
    if (client.settings().variant() == SqlVariant.OPTIMISED) {
      client
          .links()
          .send(
              client.others(master), new SessionMessage.Operation(id, attempt, index, false, step));
    }
  }

  /**
   * The master's answer to a step; null if it is time for another master.
   *
   * @param resend sends the step once more
   */
  private SessionMessage.Answer next(int index, Runnable resend, long deadline)
      throws SQLException {
    long patience =
        System.nanoTime()
            + (TimeUnit.MILLISECONDS.toNanos(client.settings().operationPatienceMillis())
                << Math.min(attempt, DOUBLINGS_MAX));
    while (true) {
      long until = Math.min(patience, deadline);
      Event event = poll(until);
      if (event == null && System.nanoTime() - deadline >= 0) {
        cancel();
        throw SqlErrors.exception("57014", "the statement was not done in time");
      }
      if (event == null) {
        return null;
      }
      SessionMessage.Answer answer = event.answerOrNull;
      if (event.replica != master) {
        continue;
      }
      if (!event.connected) {
        return null;
      }
      if (answer == null) {
        // The step was lost if it was sent before; if it was not, the master has it twice.
        resend.run();
      } else if (answer.attempt() == attempt && answer.index() == index) {
        return answer;
      }
    }
  }

  private Event poll(long until) throws SQLException {
    try {
      return events.poll(Math.max(1, until - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw SqlErrors.exception("57014", "interrupted while waiting for the master");
    }
  }

  // ---- another master -----------------------------------------------------------------------

  /** Gets another master, which does all steps again and comes to the same. */
  private void replaceMaster(long deadline) throws SQLException {
    client.noteMasterFailure(master);
    while (true) {
      SqlReply reply = client.group().call(new SqlCommand.Suspect(epoch), deadline);
      if (!(reply instanceof SqlReply.Master now)) {
        throw Group.unexpected(reply);
      }
      master = now.master();
      epoch = now.epoch();
      attempt++;
      events.clear();
      if (repeat(deadline)) {
        return;
      }
    }
  }

  private void sendClaims(int from) {
    for (int i = from; i < claims.size(); i++) {
      send(i, claims.get(i).step());
    }
  }

  private boolean repeat(long deadline) throws SQLException {
    sendClaims(0);
    for (int i = 0; i < claims.size(); i++) {
      int first = i;
      SessionMessage.Answer answer = next(i, () -> sendClaims(first), deadline);
      if (answer == null) {
        return false;
      }
      if (!Arrays.equals(ResultHash.of(answer.result()), claims.get(i).hash())) {
        throw SqlErrors.exception(
            "40001", "the new master does not find what the last one showed; run it again");
      }
    }
    return true;
  }

  // ---- the end ------------------------------------------------------------------------------

  void commit(long deadline) throws SQLException {
    if (failure != null) {
      SqlFailure why = failure;
      rollback();
      throw SqlErrors.exception(
          why.sqlState().startsWith("40") ? why.sqlState() : "25P02",
          "the transaction was rolled back, because it had failed: " + why.message());
    }
    if (claims.isEmpty()) {
      rollback();
      return;
    }
    try {
      while (!committed(deadline)) {
        // It was begun anew.
      }
    } catch (SQLException e) {
      if ("54000".equals(e.getSQLState())) {
        rollback();
      }
      throw e;
    } finally {
      client.links().forget(id);
    }
  }

  /** False if the group had ended the transaction, and it is under way again. */
  private boolean committed(long deadline) throws SQLException {
    if (client.settings().variant() == SqlVariant.OPTIMISED) {
      client
          .links()
          .send(client.others(master), new SessionMessage.Confirm(id, attempt, claims.size()));
    }
    try {
      SqlReply reply = client.group().call(new SqlCommand.Commit(id, claims), deadline);
      if (!(reply instanceof SqlReply.Committed)) {
        throw Group.unexpected(reply);
      }
      return true;
    } catch (SQLTransactionRollbackException e) {
      if (begunAgain(new SqlFailure(e.getSQLState(), e.getErrorCode(), e.getMessage()), deadline)) {
        return false;
      }
      throw e;
    }
  }

  /** Does not wait: what comes after it is ordered after it. */
  void rollback() throws SQLException {
    client.links().forget(id);
    client.group().order(new SqlCommand.Rollback(id));
  }

  /** Ends the statement that is being done. Any thread. */
  void cancel() {
    client.links().send(client.all(), new SessionMessage.Cancel(id));
  }

  // ---- the network's thread -----------------------------------------------------------------

  @Override
  public void onAnswer(int replica, SessionMessage.Answer answer) {
    events.add(new Event(replica, answer, true));
  }

  @Override
  public void onConnected(int replica) {
    events.add(new Event(replica, null, true));
  }

  @Override
  public void onDisconnected(int replica) {
    events.add(new Event(replica, null, false));
  }
}
