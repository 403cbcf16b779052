package dev.lockstep.storage;

/**
 * Is told what the log's own thread achieved. Called on that thread, or on the owner's within
 * {@link ReplicaLog#flush}; must not block and must not call back into the log.
 */
public interface LogListener {
  /**
   * Everything up to and including this ticket is as durable as the mode demands. Tickets ascend;
   * one call stands for all tickets since the last.
   */
  void onDurable(long ticket);

  /**
   * The log failed for good: nothing is confirmed any more and the replica must stop. Called once.
   */
  void onFailure(Throwable cause);
}
