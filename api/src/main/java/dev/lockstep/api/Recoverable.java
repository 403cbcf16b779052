package dev.lockstep.api;

import java.io.IOException;
import java.io.InputStream;

/** State that can be written to a checkpoint and read back. */
public interface Recoverable {
  /**
   * Fixes the state as it is now. Called on the executing thread between two batches, so it should
   * be quick: the group's other replicas go on, but this one waits. What can be large should be
   * written later, by {@link Snapshot#writeTo}, from a copy-on-write or persistent structure.
   */
  Snapshot snapshot();

  /**
   * Replaces the whole state by one that {@link Snapshot#writeTo} wrote, perhaps on another
   * replica. Called on the executing thread. Must read to the end of the stream.
   *
   * @throws IOException if the stream cannot be read or is not such a state; the replica then stops
   */
  void restore(InputStream in) throws IOException;
}
