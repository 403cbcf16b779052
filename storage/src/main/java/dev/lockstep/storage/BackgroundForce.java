package dev.lockstep.storage;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@link LogMode#ASYNC} and {@link LogMode#MEMORY}: the owner's thread writes, and what it wrote
 * counts at once; only what follows a record that is always synced waits for the log's thread,
 * which forces it.
 */
final class BackgroundForce implements LogWriter {
  /**
   * Most bytes that are written but not forced for long. Nobody waits for this force; but a promise
   * waits for one, in the middle of a change of leaders, and then there must not be gigabytes
   * before it.
   */
  static final long UNFORCED_BYTES = 16 << 20;

  /** How often it is checked that the file is still there, in modes that rarely force. */
  private static final long CHECK_MILLIS = 200;

  private final LogMonitor monitor;
  private final LogAppender appender;
  private final LogForce force;
  private final LogTruncation truncation;
  private final Consumer<Throwable> onFailure;

  /** Everything is forced now and then, not only what must be. */
  private final boolean forcesAll;

  private final long intervalMillis;

  /**
   * @param onFailure ends the log; any thread
   */
  BackgroundForce(
      LogConfig config,
      LogMonitor monitor,
      LogAppender appender,
      LogForce force,
      LogTruncation truncation,
      Consumer<Throwable> onFailure) {
    this.monitor = monitor;
    this.appender = appender;
    this.force = force;
    this.truncation = truncation;
    this.onFailure = onFailure;
    forcesAll = config.mode() == LogMode.ASYNC;
    intervalMillis =
        forcesAll ? Math.min(CHECK_MILLIS, config.forceIntervalMillis()) : CHECK_MILLIS;
  }

  @Override
  public long flush(List<LogMonitor.Item> items) {
    if (monitor.failure() != null) {
      return monitor.confirmed();
    }
    try {
      for (LogMonitor.Item item : items) {
        appender.append(item.record());
      }
      appender.write();
    } catch (IOException | RuntimeException e) {
      onFailure.accept(e);
      return monitor.confirmed();
    }
    return monitor.writtenAndCounts(items, appender.lastOrdinal(), appender.writtenBytes());
  }

  @Override
  public void run() throws IOException, InterruptedException {
    LogMonitor.Step step;
    do {
      step = monitor.awaitForce(intervalMillis, forcesAll);
      if (step == LogMonitor.Step.END) {
        return;
      } else if (step == LogMonitor.Step.LOOK) {
        force.checkPresence();
      } else {
        force.force();
      }
      truncation.runIfWanted();
    } while (step != LogMonitor.Step.FORCE_AND_END);
  }
}
