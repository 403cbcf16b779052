package dev.lockstep.simulator;

/** Gets one readable line per event of a run. */
public interface Tracer {
  void line(String line);
}
