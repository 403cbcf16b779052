package dev.lockstep.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/** Drops old segments of a log, and keeps its header. On the log's thread, then on its closer's. */
final class LogTruncation {
  private final Disk disk;
  private final Path directory;
  private final ConcurrentSkipListMap<Long, Segment> segments;
  private final DecisionIndex index;
  private final LogMonitor monitor;
  private final LogAppender appender;
  private final LogForce force;
  private LogHeader header;

  LogTruncation(
      Disk disk,
      Path directory,
      ConcurrentSkipListMap<Long, Segment> segments,
      DecisionIndex index,
      LogMonitor monitor,
      LogAppender appender,
      LogForce force,
      LogHeader header) {
    this.disk = disk;
    this.directory = directory;
    this.segments = segments;
    this.index = index;
    this.monitor = monitor;
    this.appender = appender;
    this.force = force;
    this.header = header;
  }

  void runIfWanted() throws IOException {
    LogMonitor.Truncation wanted = monitor.takeTruncation();
    if (wanted == null) {
      return;
    }
    try {
      truncate(wanted.below());
      wanted.done().complete(null);
    } catch (IOException e) {
      wanted.done().completeExceptionally(e);
      throw e;
    }
  }

  private void truncate(long below) throws IOException {
    List<Segment> dropped = new ArrayList<>();
    for (Segment segment : segments.values()) {
      if (segment.highestInstance() >= below || segment.number() == segments.lastKey()) {
        break;
      }
      dropped.add(segment);
    }
    if (dropped.isEmpty()) {
      return;
    }
    // The next segment repeats the promise and the like: it must be on the disk before they go.
    force.force();
    long synced = force.synced();
    long first = dropped.get(dropped.size() - 1).number() + 1;
    long muted = appender.lastMuted();
    boolean recovered = muted >= header.lostAt() && muted <= synced;
    header = header.withFirstSegment(first, synced, recovered ? 0 : header.lostAt());
    header.write(disk, directory);
    index.dropSegmentsBefore(first);
    for (Segment segment : dropped) {
      segments.remove(segment.number());
      segment.release();
      disk.delete(segment.path());
    }
    disk.syncDirectory(directory);
  }

  /** Sets the mark of a clean shutdown. When the log's thread has ended. */
  void markClean() throws IOException {
    header.withState(LogHeader.State.CLEAN, force.synced()).write(disk, directory);
  }
}
