package dev.lockstep.storage;

import dev.lockstep.protocol.record.Record;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@link LogMode#DURABLE}: the log's thread writes and forces everything that was handed over while
 * it was busy, and nothing counts before it is forced.
 */
final class GroupCommit implements LogWriter {
  /** A decision need not be synced for its own sake (RULES 25), only before the log idles. */
  private static final long DECISION_FORCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final LogMonitor monitor;
  private final LogAppender appender;
  private final LogForce force;
  private final LogTruncation truncation;

  GroupCommit(LogMonitor monitor, LogAppender appender, LogForce force, LogTruncation truncation) {
    this.monitor = monitor;
    this.appender = appender;
    this.force = force;
    this.truncation = truncation;
  }

  @Override
  public long flush(List<LogMonitor.Item> items) {
    return monitor.enqueue(items);
  }

  @Override
  public void run() throws IOException, InterruptedException {
    List<LogMonitor.Item> items;
    long forceAt = 0;
    while ((items = monitor.awaitItems(forceAt)) != null) {
      boolean awaited = false;
      for (LogMonitor.Item item : items) {
        appender.append(item.record());
        awaited |= !(item.record() instanceof Record.Decided);
      }
      long now = System.nanoTime();
      if (!items.isEmpty()) {
        appender.write();
        monitor.written(items.get(items.size() - 1).ticket(), appender.lastOrdinal());
        forceAt = forceAt == 0 ? now + DECISION_FORCE_NANOS : forceAt;
      }
      if (awaited || forceAt != 0 && now - forceAt >= 0) {
        force.force();
        forceAt = 0;
      }
      truncation.runIfWanted();
    }
    force.force();
    truncation.runIfWanted();
  }
}
