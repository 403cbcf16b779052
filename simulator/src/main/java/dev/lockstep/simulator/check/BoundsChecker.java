package dev.lockstep.simulator.check;

import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Violation;

/**
 * I13: what one peer can make a correct replica hold stays below a number. The engine feeds it with
 * what the cores account for.
 */
public final class BoundsChecker implements Observer, Holdings {
  private final long peerBytes;

  public BoundsChecker(long peerBytes) {
    this.peerBytes = peerBytes;
  }

  @Override
  public void heldForPeer(long now, int replica, int peer, long bytes) {
    if (bytes > peerBytes) {
      throw new Violation(
          "I13",
          "replica "
              + replica
              + " holds "
              + bytes
              + " bytes for peer "
              + peer
              + ", more than "
              + peerBytes);
    }
  }
}
