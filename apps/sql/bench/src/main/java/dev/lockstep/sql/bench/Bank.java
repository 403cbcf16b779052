package dev.lockstep.sql.bench;

import dev.lockstep.sql.history.Anomaly;
import dev.lockstep.sql.history.BankChecker;
import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.Operation;
import dev.lockstep.sql.history.Operation.Balances;
import dev.lockstep.sql.history.Operation.Transfer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Transfers between accounts, each noted in a ledger by the transaction that makes it, and reads of
 * all accounts, one by one.
 */
public final class Bank implements ConsistencyRun.Workload {
  private static final String ACCOUNTS = "lockstep_accounts";
  private static final String LEDGER = "lockstep_ledger";
  private static final int COUNT = 8;
  private static final long BALANCE = 100;
  private static final int AMOUNT_MAX = 20;

  /**
   * What was done and found.
   *
   * @param anomalies empty if everything is as it must be
   */
  public record Report(History history, List<Anomaly> anomalies) {}

  private final AtomicLong transfers = new AtomicLong();

  private Bank() {}

  /**
   * Opens the accounts, runs the transactions, and judges what was read and what is in the books.
   *
   * @throws SQLException if the tables cannot be made, or the books cannot be read at the end
   */
  public static Report run(Database database, ConsistencyOptions options) throws Exception {
    SortedMap<Integer, Long> start = ConsistencyRun.eventually(database, Bank::prepare);
    History history = ConsistencyRun.run(database, new Bank(), options);
    List<Anomaly> anomalies = new ArrayList<>(BankChecker.checkTotals(history, COUNT * BALANCE));
    anomalies.addAll(
        ConsistencyRun.eventually(
            database,
            connection ->
                BankChecker.checkBooks(history, start, ledger(connection), balances(connection))));
    return new Report(history, anomalies);
  }

  private static SortedMap<Integer, Long> prepare(Connection connection) throws SQLException {
    SortedMap<Integer, Long> start = new TreeMap<>();
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute("drop table if exists " + ACCOUNTS);
      statement.execute("drop table if exists " + LEDGER);
      statement.execute(
          "create table " + ACCOUNTS + " (id int primary key, balance bigint not null)");
      statement.execute(
          "create table "
              + LEDGER
              + " (id bigint primary key, source int not null, target int not null,"
              + " amount bigint not null)");
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement("insert into " + ACCOUNTS + " (id, balance) values (?, ?)")) {
        for (int id = 0; id < COUNT; id++) {
          insert.setInt(1, id);
          insert.setLong(2, BALANCE);
          insert.addBatch();
          start.put(id, BALANCE);
        }
        insert.executeBatch();
      }
      connection.commit();
    }
    return start;
  }

  @Override
  public Operation draw(SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      return new Balances(null);
    }
    int from = random.nextInt(COUNT);
    int to = (from + 1 + random.nextInt(COUNT - 1)) % COUNT;
    return new Transfer(transfers.incrementAndGet(), from, to, 1 + random.nextInt(AMOUNT_MAX));
  }

  @Override
  public Operation execute(Connection connection, Operation planned) throws SQLException {
    if (!(planned instanceof Transfer transfer)) {
      return new Balances(balances(connection));
    }
    // What is written was read before, as programs do it; so a lost update would lose money.
    long from = balance(connection, transfer.from());
    long to = balance(connection, transfer.to());
    setBalance(connection, transfer.from(), from - transfer.amount());
    setBalance(connection, transfer.to(), to + transfer.amount());
    try (PreparedStatement insert =
        connection.prepareStatement(
            "insert into " + LEDGER + " (id, source, target, amount) values (?, ?, ?, ?)")) {
      insert.setLong(1, transfer.id());
      insert.setInt(2, transfer.from());
      insert.setInt(3, transfer.to());
      insert.setLong(4, transfer.amount());
      insert.executeUpdate();
    }
    return transfer;
  }

  private static long balance(Connection connection, int id) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("select balance from " + ACCOUNTS + " where id = ?")) {
      query.setInt(1, id);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("Account " + id + " is gone.", "02000");
        }
        return row.getLong(1);
      }
    }
  }

  private static void setBalance(Connection connection, int id, long balance) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update " + ACCOUNTS + " set balance = ? where id = ?")) {
      update.setLong(1, balance);
      update.setInt(2, id);
      update.executeUpdate();
    }
  }

  private static SortedMap<Integer, Long> balances(Connection connection) throws SQLException {
    SortedMap<Integer, Long> balances = new TreeMap<>();
    for (int id = 0; id < COUNT; id++) {
      balances.put(id, balance(connection, id));
    }
    return balances;
  }

  private static List<Transfer> ledger(Connection connection) throws SQLException {
    List<Transfer> ledger = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select id, source, target, amount from " + LEDGER + " order by id")) {
      while (row.next()) {
        ledger.add(new Transfer(row.getLong(1), row.getInt(2), row.getInt(3), row.getLong(4)));
      }
    }
    return ledger;
  }
}
