package dev.lockstep.sql.bench;

import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.Operation;
import dev.lockstep.sql.history.Outcome;
import dev.lockstep.sql.history.Recorder;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs transactions on many connections and notes what each was asked and answered. A transaction
 * whose commit got no answer has an unknown outcome, and its process ends there; the connection
 * goes on as a new process.
 */
final class ConsistencyRun {
  private static final long RECONNECT_PAUSE_MILLIS = 50;

  /** A kind of transactions. */
  interface Workload {
    /** What a transaction shall do. */
    Operation draw(SplittableRandom random);

    /** Does it, without the commit, and returns it with what its reads found. */
    Operation execute(Connection connection, Operation planned) throws SQLException;
  }

  private final Database database;
  private final Workload workload;
  private final Recorder recorder = new Recorder();
  private final AtomicLong left;

  private ConsistencyRun(Database database, Workload workload, long transactions) {
    this.database = database;
    this.workload = workload;
    left = new AtomicLong(transactions);
  }

  /** Runs a workload to its end; whatever happens to the database meanwhile is in the history. */
  static History run(Database database, Workload workload, ConsistencyOptions options)
      throws Exception {
    ConsistencyRun run = new ConsistencyRun(database, workload, options.transactions());
    SplittableRandom random = new SplittableRandom(options.seed());
    SplittableRandom[] randoms = new SplittableRandom[options.processes()];
    for (int i = 0; i < randoms.length; i++) {
      randoms[i] = random.split();
    }
    Workers.run(options.processes(), "lockstep-sql-workload", i -> run.work(randoms[i]));
    return run.recorder.history();
  }

  /** Something that may be done again, as if it had not been done before. */
  interface Repeatable<T> {
    T on(Connection connection) throws SQLException;
  }

  /**
   * Does something before or after the workload, as soon as the database can be asked: something
   * may just have been done to it.
   *
   * @throws SQLException the last error, if it does not succeed for two minutes
   */
  static <T> T eventually(Database database, Repeatable<T> repeatable)
      throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    while (true) {
      try (Connection connection = database.connect()) {
        T found = repeatable.on(connection);
        connection.commit();
        return found;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
      Thread.sleep(RECONNECT_PAUSE_MILLIS);
    }
  }

  private void work(SplittableRandom random) throws InterruptedException {
    Connection connection = null;
    long process = recorder.newProcess();
    while (left.getAndDecrement() > 0) {
      Operation planned = workload.draw(random);
      recorder.note(process, Outcome.INVOKE, planned);
      boolean broken = false;
      try {
        if (connection == null) {
          connection = database.connect();
        }
        Operation done = workload.execute(connection, planned);
        try {
          connection.commit();
          recorder.note(process, Outcome.OK, done);
        } catch (SQLException e) {
          broken = !SqlStates.isRolledBack(e);
          recorder.note(process, broken ? Outcome.INFO : Outcome.FAIL, planned);
          process = broken ? recorder.newProcess() : process;
        }
      } catch (SQLException e) {
        // Without a commit nothing can have happened.
        recorder.note(process, Outcome.FAIL, planned);
        broken = connection == null || SqlStates.isBroken(e) || !rollBack(connection);
      }
      if (broken) {
        close(connection);
        connection = null;
        Thread.sleep(RECONNECT_PAUSE_MILLIS);
      }
    }
    close(connection);
  }

  private static boolean rollBack(Connection connection) {
    try {
      connection.rollback();
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private static void close(Connection connectionOrNull) {
    try {
      if (connectionOrNull != null) {
        connectionOrNull.close();
      }
    } catch (SQLException e) {
      // It was of no use any more; whether its transaction happened is in the history.
      return;
    }
  }
}
