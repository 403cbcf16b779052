package dev.lockstep.simulator.adversary.client;

/**
 * How a Byzantine client behaves. One instance serves one client of one run; all randomness comes
 * from the context. A client has its own identity and key only.
 */
public interface ClientAdversary {
  /** At every tick, whether or not the client has a session. */
  default void onTick(ClientContext context) {}

  /**
   * At every tick at which the client has a session, after {@link #onTick}.
   *
   * @param someone a replica, drawn for this tick
   */
  void misbehave(ClientContext context, int someone);
}
