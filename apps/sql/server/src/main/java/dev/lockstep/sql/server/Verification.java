package dev.lockstep.sql.server;

import dev.lockstep.sql.message.SessionMessage;
import dev.lockstep.sql.message.SqlCommand;
import dev.lockstep.sql.message.SqlDigest;
import dev.lockstep.sql.server.engine.EngineTransaction;
import dev.lockstep.sql.server.engine.TableInfo;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Compares the databases of the replicas: each digests its own as it was at one position of the
 * order, and signs the result. f+1 equal ones prove what it should be.
 */
public final class Verification implements AutoCloseable {
  private static final int KEPT = 8;

  /** Digests that may be asked for and not be done, by all clients and by one. */
  private static final int READERS_MAX = 8;

  private static final int READERS_PER_CLIENT_MAX = 2;

  /** Signs for this replica. */
  public interface Signer {
    byte[] sign(byte[] statement);
  }

  /** Checks the signatures of others. */
  public interface Checker {
    boolean isValid(int replica, byte[] statement, byte[] signature);
  }

  /**
   * What a proof says.
   *
   * @param proved whether it is one
   * @param diverged whether this replica's database is not what was proved
   * @param message for the operator, if it is not
   */
  record Judgement(boolean proved, boolean diverged, String message) {}

  private final int self;
  private final int faults;
  private final byte[] cluster;
  private final Signer signer;
  private final Checker checker;
  private final ExecutorService thread;
  private final Map<Long, String> reports = new LinkedHashMap<>();
  private volatile BiConsumer<UUID, SessionMessage.Digest> send = (client, digest) -> {};
  private final Map<UUID, Integer> reading = new HashMap<>();

  /**
   * @param self number of this replica
   * @param faults replicas that may fail, f
   * @param cluster digest of the cluster
   */
  public Verification(int self, int faults, byte[] cluster, Signer signer, Checker checker) {
    this.self = self;
    this.faults = faults;
    this.cluster = cluster.clone();
    this.signer = signer;
    this.checker = checker;
    thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread made = new Thread(task, "lockstep-" + self + "-sql-verify");
              made.setDaemon(true);
              return made;
            });
  }

  /** Where digests go, to the client that asked for them. */
  void sendTo(BiConsumer<UUID, SessionMessage.Digest> sender) {
    send = sender;
  }

  /** Whether a client may have the database digested; not if much waits for it. */
  synchronized boolean hasRoom(UUID client) {
    int all = reading.values().stream().mapToInt(Integer::intValue).sum();
    return all < READERS_MAX && reading.getOrDefault(client, 0) < READERS_PER_CLIENT_MAX;
  }

  /** Begins to digest what a transaction sees, and rolls it back then. */
  void begin(
      long position,
      UUID client,
      EngineTransaction reader,
      List<TableInfo> tables,
      Consumer<DatabaseBroken> onBroken) {
    synchronized (this) {
      reading.merge(client, 1, Integer::sum);
    }
    thread.execute(
        () -> {
          try {
            digest(position, client, reader, tables);
          } catch (SQLException e) {
            onBroken.accept(new DatabaseBroken("the database cannot be read", e));
          } finally {
            reader.rollback();
            synchronized (this) {
              reading.computeIfPresent(client, (key, count) -> count == 1 ? null : count - 1);
              notifyAll();
            }
          }
        });
  }

  private void digest(long position, UUID client, EngineTransaction reader, List<TableInfo> tables)
      throws SQLException {
    String report = Dump.report(reader, tables);
    synchronized (this) {
      reports.put(position, report);
      while (reports.size() > KEPT) {
        reports.remove(reports.keySet().iterator().next());
      }
    }
    byte[] signature = signer.sign(SqlDigest.statement(cluster, position, digestOf(report)));
    send.accept(client, new SessionMessage.Digest(position, report, signature));
  }

  private static byte[] digestOf(String report) {
    return Dump.sha256().digest(report.getBytes(StandardCharsets.UTF_8));
  }

  /** Waits until no table is read. */
  synchronized void awaitReaders() {
    boolean interrupted = false;
    while (!reading.isEmpty()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What follows from a proof. Whether it is one is the same on all replicas. */
  Judgement judge(SqlCommand.Repair repair) {
    byte[] statement = SqlDigest.statement(cluster, repair.position(), digestOf(repair.report()));
    long valid =
        repair.signatures().entrySet().stream()
            .limit(64)
            .filter(each -> checker.isValid(each.getKey(), statement, each.getValue()))
            .count();
    if (valid <= faults) {
      return new Judgement(false, false, "");
    }
    // The digest of this position may still be under way here.
    awaitReaders();
    String own;
    synchronized (this) {
      own = reports.get(repair.position());
    }
    if (own == null || own.equals(repair.report())) {
      return new Judgement(true, false, "");
    }
    return new Judgement(
        true,
        true,
        "the database of replica "
            + self
            + " is not the same as that of "
            + valid
            + " others, who agree: "
            + difference(own, repair.report())
            + ". Something has changed it that is not Lockstep, or it has lost something. It is"
            + " replaced by a copy of theirs; look for who has access to it");
  }

  private static String difference(String own, String others) {
    Map<String, String> mine = byTable(own);
    Map<String, String> theirs = byTable(others);
    List<String> differences = new ArrayList<>();
    theirs.forEach(
        (table, digest) -> {
          String here = mine.get(table);
          if (here == null) {
            differences.add("table " + table + " is missing");
          } else if (!here.equals(digest)) {
            differences.add("table " + table + " differs");
          }
        });
    mine.keySet().stream()
        .filter(table -> !theirs.containsKey(table))
        .forEach(table -> differences.add("table " + table + " should not exist"));
    return String.join(", ", differences);
  }

  private static Map<String, String> byTable(String report) {
    Map<String, String> byTable = new LinkedHashMap<>();
    report
        .lines()
        .forEach(
            line -> {
              int tab = line.indexOf('\t');
              byTable.put(tab < 0 ? line : line.substring(0, tab), line.substring(tab + 1));
            });
    return byTable;
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
