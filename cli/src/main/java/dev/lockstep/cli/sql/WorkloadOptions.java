package dev.lockstep.cli.sql;

import dev.lockstep.sql.bench.ConsistencyOptions;
import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.HistoryFile;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What the workloads that leave a history have in common. */
final class WorkloadOptions {
  @Option(names = "--processes", paramLabel = "N", description = "Number of connections.")
  private int processes = 10;

  @Option(names = "--transactions", paramLabel = "N", description = "Number of transactions.")
  private long transactions = 5_000;

  @Option(names = "--seed", paramLabel = "N", description = "Of what is drawn.")
  private long seed = 1;

  @Option(names = "--isolation", paramLabel = "LEVEL", description = "Of all transactions.")
  private String isolation = "repeatable-read";

  @Option(names = "--history", paramLabel = "FILE", description = "Write the history there.")
  private Path fileOrNull;

  @Option(names = "--json", description = "Print the verdict as JSON.")
  private boolean json;

  String isolation() {
    return isolation;
  }

  boolean json() {
    return json;
  }

  /**
   * As the workloads take them.
   *
   * @throws IllegalArgumentException if the numbers make no sense
   */
  ConsistencyOptions options() {
    return new ConsistencyOptions(processes, transactions, seed);
  }

  void write(History history) throws IOException {
    if (fileOrNull != null) {
      HistoryFile.write(history, fileOrNull);
    }
  }
}
