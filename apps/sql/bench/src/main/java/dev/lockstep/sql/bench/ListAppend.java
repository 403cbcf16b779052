package dev.lockstep.sql.bench;

import dev.lockstep.sql.history.Event;
import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.Operation;
import dev.lockstep.sql.history.Operation.Append;
import dev.lockstep.sql.history.Operation.Read;
import dev.lockstep.sql.history.Operation.Step;
import dev.lockstep.sql.history.Operation.Transaction;
import dev.lockstep.sql.history.Outcome;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Transactions that read lists and append unique values to them, so that the lists tell what
 * happened in which order. A list is a row with its values as a text. Lists that have become long
 * are left for new ones.
 */
public final class ListAppend implements ConsistencyRun.Workload {
  private static final String TABLE = "lockstep_lists";
  private static final int LISTS = 6;
  private static final int APPENDS_PER_LIST = 60;
  private static final int STEPS_MAX = 4;

  private final AtomicLong appended = new AtomicLong();

  private ListAppend() {}

  /**
   * Makes the table, runs the transactions, and reads all lists at the end, as a last transaction.
   *
   * @throws SQLException if the table cannot be made, or the lists cannot be read at the end
   */
  public static History run(Database database, ConsistencyOptions options) throws Exception {
    ConsistencyRun.eventually(database, ListAppend::prepare);
    History history = ConsistencyRun.run(database, new ListAppend(), options);
    return withFinalReads(database, history);
  }

  /** Makes the table anew. */
  private static Void prepare(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists " + TABLE);
      statement.execute(
          "create table " + TABLE + " (id bigint primary key, val varchar(100000) not null)");
    }
    connection.setAutoCommit(false);
    return null;
  }

  @Override
  public Operation draw(SplittableRandom random) {
    List<Step> steps = new ArrayList<>();
    int length = 1 + random.nextInt(STEPS_MAX);
    for (int i = 0; i < length; i++) {
      long key = appended.get() / (LISTS * APPENDS_PER_LIST) * LISTS + random.nextInt(LISTS);
      steps.add(
          random.nextBoolean() ? new Read(key, null) : new Append(key, appended.incrementAndGet()));
    }
    return new Transaction(steps);
  }

  @Override
  public Operation execute(Connection connection, Operation planned) throws SQLException {
    List<Step> done = new ArrayList<>();
    for (Step step : ((Transaction) planned).steps()) {
      if (step instanceof Append append) {
        append(connection, append);
        done.add(append);
      } else {
        done.add(read(connection, step.key()));
      }
    }
    return new Transaction(done);
  }

  private static void append(Connection connection, Append append) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update " + TABLE + " set val = val || ? where id = ?")) {
      update.setString(1, "," + append.value());
      update.setLong(2, append.key());
      if (update.executeUpdate() == 1) {
        return;
      }
    }
    try (PreparedStatement insert =
        connection.prepareStatement("insert into " + TABLE + " (id, val) values (?, ?)")) {
      insert.setLong(1, append.key());
      insert.setString(2, "" + append.value());
      insert.executeUpdate();
    }
  }

  private static Read read(Connection connection, long key) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("select val from " + TABLE + " where id = ?")) {
      query.setLong(1, key);
      try (ResultSet row = query.executeQuery()) {
        return new Read(key, row.next() ? values(row.getString(1)) : List.of());
      }
    }
  }

  private static List<Long> values(String text) {
    return Arrays.stream(text.split(",")).map(Long::valueOf).toList();
  }

  private static History withFinalReads(Database database, History history)
      throws SQLException, InterruptedException {
    TreeSet<Long> keys = new TreeSet<>();
    long time = 0;
    long process = 0;
    for (Event event : history.events()) {
      ((Transaction) event.operation()).steps().forEach(step -> keys.add(step.key()));
      time = event.timeNanos();
      process = Math.max(process, event.process() + 1);
    }
    List<Step> planned = new ArrayList<>();
    keys.forEach(key -> planned.add(new Read(key, null)));
    List<Step> done =
        ConsistencyRun.eventually(
            database,
            connection -> {
              List<Step> read = new ArrayList<>();
              for (long key : keys) {
                read.add(read(connection, key));
              }
              return read;
            });
    List<Event> events = new ArrayList<>(history.events());
    events.add(new Event(events.size(), process, Outcome.INVOKE, new Transaction(planned), time));
    events.add(new Event(events.size(), process, Outcome.OK, new Transaction(done), time));
    return new History(events);
  }
}
