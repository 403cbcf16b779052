package dev.lockstep.sql.tpcc;

import dev.lockstep.sql.bench.Database;
import dev.lockstep.sql.bench.ProcessorTime;
import dev.lockstep.sql.bench.Workers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs the transactions on a loaded database. */
public final class Run {
  private Run() {}

  /**
   * Runs and measures; judges the tables by the consistency conditions at the end.
   *
   * @param label what the result is called
   * @param progress is told, in words, how far it is
   */
  public static Result run(
      Database database, Options options, String label, Consumer<String> progress)
      throws Exception {
    String engine = engine(database);
    progress.accept(options.terminals() + " terminals begin on " + engine);
    long measure = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.warmupSeconds());
    long end = measure + TimeUnit.SECONDS.toNanos(options.seconds());
    Measurement all = new Measurement();
    ProcessorTime time = new ProcessorTime(options.processes());
    Thread watch = new Thread(() -> time.measure(measure, end), "lockstep-sql-processor-time");
    watch.setDaemon(true);
    watch.start();
    Workers.run(
        options.terminals(),
        "lockstep-sql-terminal",
        number -> {
          Measurement measured = new Terminal(database, options, number, measure, end).run();
          synchronized (all) {
            all.add(measured);
          }
        });
    watch.join();
    progress.accept("the consistency conditions are checked");
    return Result.of(
        label, database.url(), engine, options, all, time.seconds(), Conditions.violated(database));
  }

  private static String engine(Database database) throws SQLException {
    try (Connection connection = database.connect()) {
      String name =
          connection.getMetaData().getDatabaseProductName()
              + " "
              + connection.getMetaData().getDatabaseProductVersion();
      connection.rollback();
      return name;
    }
  }
}
