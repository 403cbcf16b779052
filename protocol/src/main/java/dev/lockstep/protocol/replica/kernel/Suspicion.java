package dev.lockstep.protocol.replica.kernel;

/** Where a part says that the leader of the installed regency should be replaced. */
public interface Suspicion {
  /**
   * This replica has a reason of its own to ask for the next leader. Does nothing while it asks
   * already, or may not accuse anybody.
   */
  void suspect(String reason);
}
