package dev.lockstep.sql.client;

/** Who does the steps of a transaction before it is committed. */
public enum SqlVariant {
  /** The master only; the others do them when the commit is ordered. */
  STANDARD,
  /**
   * All replicas: the others do a step once the master is known to have done it, so that little is
   * left to do when the commit is ordered.
   */
  OPTIMISED
}
