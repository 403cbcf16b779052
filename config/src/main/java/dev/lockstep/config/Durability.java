package dev.lockstep.config;

/** What a replica remembers of its votes and decisions, and after which kind of crash. */
public enum Durability {
  /**
   * On disk before it matters: nothing is lost even if all machines lose power at once. What {@code
   * init} sets.
   */
  DURABLE,
  /**
   * Written but not synced: a killed process forgets nothing, a machine that loses power may. A
   * replica that forgot its votes takes part again only once the others have seen to it, so at most
   * as many as may be faulty may lose power at the same time.
   */
  MEMORY,
  /**
   * Synced in the background: as {@link #MEMORY}, and what is not yet synced is bounded by time.
   */
  ASYNC
}
