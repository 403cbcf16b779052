package dev.lockstep.benchmarks;

/** Makes calls from {@link #start} to {@link #stop}. */
interface LoadGenerator {
  /** How long calls that are under way at the end are waited for. */
  int STOP_SECONDS = 10;

  void start();

  /**
   * Starts no more calls, and waits a while for those under way.
   *
   * @return how many have no outcome yet
   */
  int stop() throws InterruptedException;
}
