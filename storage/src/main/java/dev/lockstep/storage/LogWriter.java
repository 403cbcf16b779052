package dev.lockstep.storage;

import java.io.IOException;
import java.util.List;

/** How what was handed over gets to the disk, and when it counts: the difference of the modes. */
interface LogWriter {
  /** Takes at least one item. Returns what is confirmed by now. Owner thread. */
  long flush(List<LogMonitor.Item> items);

  /** What the log's own thread does, until the end or a failure. */
  void run() throws IOException, InterruptedException;
}
