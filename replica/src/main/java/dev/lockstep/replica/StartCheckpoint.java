package dev.lockstep.replica;

import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.storage.CheckpointReader;
import dev.lockstep.storage.CheckpointStore;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the checkpoint from which a replica starts. */
final class StartCheckpoint {
  private static final Logger LOG = LoggerFactory.getLogger(StartCheckpoint.class);

  private StartCheckpoint() {}

  /** Takes up the state in a checkpoint. */
  interface Restoring {
    /**
     * @throws IOException if it is no state of the service, with a sentence that says so
     */
    void from(CheckpointReader checkpoint) throws IOException, InterruptedException;
  }

  /**
   * Lets the service take up the newest checkpoint that is whole and that it understands: the log
   * reaches back to the one before the newest. Returns null if there is none.
   *
   * @throws IOException what was wrong with the newest, if none of them can be taken up
   */
  static Checkpoint restore(int self, CheckpointStore store, Restoring service)
      throws IOException, InterruptedException {
    IOException refused = null;
    long below = Long.MAX_VALUE;
    while (true) {
      try (CheckpointReader next = store.openNewest(below)) {
        if (next == null && refused != null) {
          throw refused;
        } else if (next == null) {
          return null;
        }
        below = next.manifest().instance();
        try {
          service.from(next);
          return CheckpointHost.checkpoint(next.manifest());
        } catch (IOException e) {
          LOG.error("replica {}: {}", self, e.getMessage());
          refused = refused == null ? e : refused;
        }
      }
    }
  }
}
