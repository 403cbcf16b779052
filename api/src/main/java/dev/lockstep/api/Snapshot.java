package dev.lockstep.api;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The state of a service at one point of the order. At equal points the bytes must be equal on all
 * replicas: sort what comes from hash tables, leave out addresses and local times.
 */
@FunctionalInterface
public interface Snapshot extends AutoCloseable {
  /**
   * Writes the state. Called once, on a thread of its own, while the service goes on executing.
   * Never needs to hold the whole in memory: the stream goes to disk.
   */
  void writeTo(OutputStream out) throws IOException;

  /** Called when the snapshot is not needed any more, also if it was never written. */
  @Override
  default void close() {}
}
