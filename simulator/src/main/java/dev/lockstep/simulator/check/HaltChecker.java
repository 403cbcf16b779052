package dev.lockstep.simulator.check;

import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Violation;

/** A correct replica never stops itself: in a run with at most f faults there is no reason to. */
public final class HaltChecker implements Observer {
  @Override
  public void halted(long now, int replica, String reason) {
    throw new Violation("HALT", "replica " + replica + " stopped itself: " + reason);
  }
}
