package dev.lockstep.simulator.check;

import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Halted;
import dev.lockstep.simulator.Violation;

/** A correct replica never stops itself: in a run with at most f faults there is no reason to. */
public final class HaltChecker implements Observer {
  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Halted seen) {
      halted(seen.replica(), seen.reason());
    }
  }

  private void halted(int replica, String reason) {
    throw new Violation("HALT", "replica " + replica + " stopped itself: " + reason);
  }
}
