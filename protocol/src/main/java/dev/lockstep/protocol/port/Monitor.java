package dev.lockstep.protocol.port;

/** What humans and counters are told. Nothing comes back. */
public interface Monitor {
  /** Something was refused or is worth counting; never an error of this replica. */
  void count(Event event, int peer);

  /** A line for a human who follows the run; may be ignored. */
  void trace(String line);

  /** Whether trace lines are wanted. */
  boolean traces();

  /**
   * More than f replicas are faulty, or this replica's own state contradicts itself. It has stopped
   * and must not be fed any more.
   */
  void halt(String reason);
}
