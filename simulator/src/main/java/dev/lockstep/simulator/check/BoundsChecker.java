package dev.lockstep.simulator.check;

import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Sighting.Held;
import dev.lockstep.simulator.Violation;

/** I13: what peers and clients can make a correct replica hold stays within its budgets. */
public final class BoundsChecker implements Observer {
  private final int instances;
  private final int sponsored;
  private final long pending;

  /**
   * @param instances most instances above the last delivered one
   * @param sponsored most requests on the word of one peer
   * @param pending most requests that wait for delivery, over all clients
   */
  public BoundsChecker(int instances, int sponsored, long pending) {
    this.instances = instances;
    this.sponsored = sponsored;
    this.pending = pending;
  }

  @Override
  public void saw(long now, Sighting sighting) {
    if (sighting instanceof Held seen) {
      held(seen.replica(), seen.openInstances(), seen.mostSponsored(), seen.pendingRequests());
    }
  }

  private void held(int replica, int openInstances, int mostSponsored, int pendingRequests) {
    check(replica, "open instances", openInstances, instances);
    check(replica, "requests on the word of one peer", mostSponsored, sponsored);
    check(replica, "pending requests", pendingRequests, pending);
  }

  private static void check(int replica, String what, long held, long most) {
    if (held > most) {
      throw new Violation(
          "I13", "replica " + replica + " holds " + held + " " + what + ", more than " + most);
    }
  }
}
