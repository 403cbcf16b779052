package dev.lockstep.sql.client;

import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlFailure;
import dev.lockstep.sql.message.SqlReply;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import java.sql.SQLException;
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
  /** What the network's thread tells; without an answer, that the connection is gone. */
  private record Event(int replica, SessionMessage.Answer answerOrNull) {}

  /** A statement that takes long is no fault of its master: each next one is given twice as long. */
  private static final int DOUBLINGS_MAX = 10;

  private final ReplicatedSqlClient client;
  private final long id;
  private final List<SqlCommand.Claim> claims = new ArrayList<>();
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private int master;
  private long epoch;
  private int attempt;

  /** Why nothing more can be done but to roll back; null while all is well. */
  private SqlFailure failure;

  /** Whether going back to a savepoint mends it. */
  private boolean mendable;

  private WriteTransaction(ReplicatedSqlClient client, long id) {
    this.client = client;
    this.id = id;
  }

  static WriteTransaction begin(ReplicatedSqlClient client, String schema, long deadline)
      throws SQLException {
    WriteTransaction transaction = new WriteTransaction(client, client.newTransactionId());
    client.links().listen(transaction.id, transaction);
    boolean begun = false;
    try {
      SqlReply reply = client.group().call(new SqlCommand.Begin(transaction.id, schema), deadline);
      if (!(reply instanceof SqlReply.Begun known)) {
        throw Group.unexpected(reply);
      }
      transaction.master = known.master();
      transaction.epoch = known.epoch();
      begun = true;
      return transaction;
    } finally {
      if (!begun) {
        client.links().forget(transaction.id);
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
  StepResult.Done perform(SqlStep step, long deadline) throws SQLException {
    boolean back =
        step instanceof SqlStep.Savepoint savepoint
            && savepoint.action() == SqlStep.Savepoint.Action.ROLL_BACK_TO;
    if (failure != null && !(back && mendable)) {
      throw SqlErrors.exception(
          "25P02", "the transaction has failed and must be rolled back: " + failure.message());
    }
    StepResult result;
    try {
      result = exchange(step, deadline);
    } catch (SQLException e) {
      failure = new SqlFailure(String.valueOf(e.getSQLState()), 0, e.getMessage());
      mendable = false;
      throw e;
    }
    if (result instanceof StepResult.Failed failed) {
      failure = failed.failure();
      mendable = !failure.sqlState().startsWith("40") && !failure.sqlState().equals("57014");
      throw SqlErrors.exception(failure);
    } else if (!(result instanceof StepResult.Done done)) {
      throw SqlErrors.exception("08P01", "the master answered something else");
    } else {
      failure = null;
      return done;
    }
  }

  private StepResult exchange(SqlStep first, long deadline) throws SQLException {
    SqlStep step = first;
    int index = claims.size();
    send(index, step);
    while (true) {
      SessionMessage.Answer answer = next(index, deadline);
      if (answer == null) {
        replaceMaster(deadline);
        send(index, step);
      } else if (answer.result() instanceof StepResult.NeedsIds needs) {
        if (!(step instanceof SqlStep.Execute execute) || !execute.ids().isEmpty()) {
          throw SqlErrors.exception("08P01", "the master asks for values again and again");
        }
        step =
            new SqlStep.Execute(execute.statement(), client.ids().take(needs.sources(), deadline));
        send(index, step);
      } else {
        claims.add(new SqlCommand.Claim(step, ResultHash.of(answer.result())));
        return answer.result();
      }
    }
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

  /** The master's answer to a step; null if it is time for another master. */
  private SessionMessage.Answer next(int index, long deadline) throws SQLException {
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
      if (answer == null) {
        return null;
      }
      if (answer.attempt() == attempt && answer.index() == index) {
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

  private boolean repeat(long deadline) throws SQLException {
    for (int i = 0; i < claims.size(); i++) {
      send(i, claims.get(i).step());
    }
    for (int i = 0; i < claims.size(); i++) {
      SessionMessage.Answer answer = next(i, deadline);
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
      if (client.settings().variant() == SqlVariant.OPTIMISED) {
        client
            .links()
            .send(client.others(master), new SessionMessage.Confirm(id, attempt, claims.size()));
      }
      SqlReply reply = client.group().call(new SqlCommand.Commit(id, claims), deadline);
      if (!(reply instanceof SqlReply.Committed)) {
        throw Group.unexpected(reply);
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
    events.add(new Event(replica, answer));
  }

  @Override
  public void onDisconnected(int replica) {
    events.add(new Event(replica, null));
  }
}
