package dev.lockstep.protocol.replica.kernel;

/** What happens to this replica's state. Who listens in which order is fixed in one place. */
public interface DeliveryListener {
  /**
   * The instance was just delivered, and nothing after it is yet: the moment to note the state. Not
   * called while decisions are delivered again at a start.
   */
  default void onInstance(long instance) {}

  /** Something was delivered: once after a run of instances. */
  default void onDelivered() {}

  /** The state of others was taken up; it is that after this instance, and not proved. */
  default void onAdopted(long instance) {}

  /** The state that was taken up is proved. */
  default void onProved() {}
}
