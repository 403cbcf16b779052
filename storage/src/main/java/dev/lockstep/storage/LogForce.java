package dev.lockstep.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongUnaryOperator;

/** Forces a log to the disk, and looks whether its files are still there. On the log's thread. */
final class LogForce {
  private final Disk disk;
  private final Path directory;
  private final ConcurrentSkipListMap<Long, Segment> segments;
  private final LogMonitor monitor;
  private final LongUnaryOperator confirm;
  private final LogListener listener;

  /** Highest ordinal that is on the disk itself; read by any thread. */
  private volatile long synced;

  /**
   * @param confirm what is confirmed by what was forced up to a ticket, 0 if no more than before
   * @param synced ordinal of the last record that was found
   */
  LogForce(
      Disk disk,
      Path directory,
      ConcurrentSkipListMap<Long, Segment> segments,
      LogMonitor monitor,
      LongUnaryOperator confirm,
      LogListener listener,
      long synced) {
    this.disk = disk;
    this.directory = directory;
    this.segments = segments;
    this.monitor = monitor;
    this.confirm = confirm;
    this.listener = listener;
    this.synced = synced;
  }

  long synced() {
    return synced;
  }

  /** Forces what was written until now and tells the listener. */
  void force() throws IOException {
    LogMonitor.Written written = monitor.takeWritten();
    for (Segment segment : written.segments()) {
      segment.file().force();
    }
    checkPresence();
    if (written.names()) {
      disk.syncDirectory(directory);
    }
    synced = written.ordinal();
    long confirmed = confirm.applyAsLong(written.ticket());
    if (confirmed > 0) {
      listener.onDurable(confirmed);
    }
  }

  /** A write to a file that was deleted succeeds: the names must be looked at. */
  void checkPresence() throws IOException {
    Map.Entry<Long, Segment> newest = segments.lastEntry();
    if (newest == null) {
      return;
    }
    Segment last = newest.getValue();
    Object there;
    try {
      there = disk.identity(last.path());
    } catch (IOException e) {
      throw new LogException(last.path() + " has vanished while the replica was running", e);
    }
    if (last.identity() != null && !last.identity().equals(there)) {
      throw new LogException(last.path() + " was replaced while the replica was running");
    }
  }
}
