package dev.lockstep.simulator.check;

/** How the engine reports what correct replicas hold on behalf of others. */
public interface Holdings {
  /** Bytes that a correct replica holds because of one peer, over all buffers. */
  void heldForPeer(long now, int replica, int peer, long bytes);
}
