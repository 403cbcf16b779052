package dev.lockstep.sql.client;

import dev.lockstep.sql.message.ResultHash;
import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlReply;
import dev.lockstep.sql.message.SqlStep;
import dev.lockstep.sql.message.StepResult;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A transaction that only reads. The group is asked for a snapshot that enough replicas have at the
 * same point, in one round trip and usually without order; then f+1 equal answers of replicas that
 * are at this point are one of a correct replica.
 */
final class ReadTransaction implements SessionLinks.Listener {
  /**
   * What the network's thread tells.
   *
   * @param answerOrNull null if it is about the connection
   * @param connected whether there is one to this replica
   */
  private record Event(int replica, SessionMessage.Answer answerOrNull, boolean connected) {}

  private final ReplicatedSqlClient client;
  private final String schema;
  private final long id;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private long version = -1;
  private int attempt;
  private int steps;

  /** Begins with the first step, so that both take one round trip together. */
  ReadTransaction(ReplicatedSqlClient client, String schema) {
    this.client = client;
    this.schema = schema;
    id = client.newTransactionId();
    client.links().listen(id, this);
  }

  /**
   * What f+1 replicas say that a step comes to.
   *
   * @throws SQLException {@code 40001} if no f+1 say the same
   */
  StepResult perform(SqlStep step, long deadline) throws SQLException {
    int index = steps++;
    if (version >= 0) {
      send(client.all(), index, step);
      return agreed(index, step, deadline);
    }
    CompletableFuture<byte[]> beginning = client.group().ask(new SqlCommand.BeginRead(id, schema));
    send(client.all(), index, step);
    SqlReply reply = client.group().awaitAnswer(beginning, deadline);
    if (!(reply instanceof SqlReply.ReadBegun begun)) {
      throw Group.unexpected(reply);
    }
    version = begun.version();
    try {
      return agreed(index, step, deadline);
    } catch (SQLException e) {
      if (!"40001".equals(e.getSQLState())) {
        throw e;
      }
      // The snapshots were taken anew when the beginning was ordered after all.
      attempt++;
      events.clear();
      send(client.all(), index, step);
      return agreed(index, step, deadline);
    }
  }

  private void send(List<Integer> replicas, int index, SqlStep step) {
    client.links().send(replicas, new SessionMessage.Operation(id, attempt, index, true, step));
  }

  private StepResult agreed(int index, SqlStep step, long deadline) throws SQLException {
    Map<ByteBuffer, Set<Integer>> votes = new HashMap<>();
    Set<Integer> heard = new HashSet<>();
    while (true) {
      Event event = poll(deadline);
      if (event == null) {
        cancel();
        throw SqlErrors.exception("57014", "too few replicas answered in time");
      }
      SessionMessage.Answer answer = event.answerOrNull;
      if (!event.connected) {
        heard.add(event.replica);
      } else if (answer == null) {
        // The step was lost if it was sent before; if it was not, this replica has it twice.
        heard.remove(event.replica);
        send(List.of(event.replica), index, step);
      } else if (answer.attempt() == attempt && answer.index() == index) {
        heard.add(event.replica);
        if (answer.version() == version) {
          Set<Integer> same =
              votes.computeIfAbsent(
                  ByteBuffer.wrap(ResultHash.of(answer.result())), hash -> new HashSet<>());
          same.add(event.replica);
          if (same.size() > client.faults()) {
            if (votes.size() > 1) {
              client.onDissent();
            }
            return answer.result();
          }
        }
      }
      if (heard.size() == client.all().size()) {
        throw SqlErrors.exception(
            "40001", "no " + (client.faults() + 1) + " replicas read the same; run it again");
      }
    }
  }

  private Event poll(long deadline) throws SQLException {
    try {
      return events.poll(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw SqlErrors.exception("57014", "interrupted while waiting for the replicas");
    }
  }

  void end() {
    client.links().forget(id);
    client.links().send(client.all(), new SessionMessage.End(id));
  }

  /** Any thread. */
  void cancel() {
    client.links().send(client.all(), new SessionMessage.Cancel(id));
  }

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
