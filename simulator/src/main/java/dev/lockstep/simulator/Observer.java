package dev.lockstep.simulator;

/** Sees what crosses the borders of the correct replicas and clients of a run. */
@FunctionalInterface
public interface Observer {
  /**
   * Called in the order of virtual time.
   *
   * @param now global virtual time in microseconds
   */
  void saw(long now, Sighting sighting);
}
