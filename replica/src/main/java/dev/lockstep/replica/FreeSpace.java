package dev.lockstep.replica;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The room that is left where a replica keeps its data. A disk that is full ends the log, and so
 * the replica; of a group on equal machines all would end in the same minutes. So below a mark new
 * requests of clients are answered BUSY, long before, while what others order is still stored.
 */
final class FreeSpace {
  /** A few segments of the log, and what is written beside them. */
  static final long LOW_BYTES = 512L << 20;

  /** How often it should be looked. */
  static final int PERIOD_SECONDS = 5;

  private static final Logger LOG = LoggerFactory.getLogger(FreeSpace.class);

  /** Measures the room, in bytes. */
  interface Measure {
    long bytes() throws IOException;
  }

  private final int self;
  private final Measure measure;
  private volatile long bytes = Long.MAX_VALUE;
  private volatile boolean low;

  FreeSpace(int self, Measure measure) {
    this.self = self;
    this.measure = measure;
  }

  /** Of a replica that keeps nothing. */
  static FreeSpace unlimited() {
    return new FreeSpace(0, () -> Long.MAX_VALUE);
  }

  /** Looks how much there is. Takes as long as the file system; one thread at a time. */
  void look() {
    try {
      bytes = measure.bytes();
    } catch (IOException e) {
      LOG.warn(
          "replica {}: how much room there is on its disk cannot be seen: {}", self, e.toString());
      return;
    }
    if (!low && bytes < LOW_BYTES) {
      low = true;
      LOG.error(
          "replica {}: only {} MiB are left on its disk: clients are told BUSY; make room",
          self,
          bytes >> 20);
    } else if (low && bytes >= 2 * LOW_BYTES) {
      low = false;
      LOG.info("replica {}: there is room on its disk again", self);
    }
  }

  /** As of the last look. Any thread. */
  boolean isLow() {
    return low;
  }

  /** As of the last look. Any thread. */
  long bytes() {
    return bytes;
  }
}
