package dev.lockstep.sql.history;

/**
 * Something that no execution under snapshot isolation shows.
 *
 * @param explanation in sentences, naming transactions by the index of their invocation
 */
public record Anomaly(Kind kind, String explanation) {

  /** The names are those of the literature, where it has one. */
  public enum Kind {
    /** A value that nobody had appended was read. */
    GARBAGE_READ,
    /** A value is in a list more than once: a transaction was applied twice. */
    DUPLICATE,
    /** Two reads of a list disagree about the order of its values. */
    INCOMPATIBLE_ORDER,
    /** A transaction does not see what it wrote or read itself. */
    INTERNAL,
    /** G1a: a value of a transaction that did not commit was read. */
    ABORTED_READ,
    /** G1b: a value was read that its own transaction had followed up already. */
    INTERMEDIATE_READ,
    /** G0: writes of transactions lie both before and after each other. */
    G0,
    /** G1c: a circle of writes and reads of what was written. */
    G1C,
    /** Two transactions read the same version of a list, and both changed it. */
    LOST_UPDATE,
    /** G-single: a circle with one read of what another one has overwritten. */
    G_SINGLE,
    /** A circle in which no two such reads follow on each other, but more than one is in it. */
    G_NONADJACENT,
    /** G0 if what had ended before another began comes before it. */
    G0_REALTIME,
    /** G1c if what had ended before another began comes before it. */
    G1C_REALTIME,
    /** G-single or worse if what had ended before another began comes before it: a stale read. */
    G_SINGLE_REALTIME,
    /** A read of all accounts does not have the total that the bank had. */
    WRONG_TOTAL,
    /** An acknowledged transfer is not in the ledger. */
    LOST_COMMIT,
    /** A transfer that was refused is in the ledger, or one that nobody asked for. */
    UNASKED_COMMIT,
    /** The balances at the end are not what the ledger makes of the balances at the start. */
    WRONG_BALANCE
  }

  @Override
  public String toString() {
    return kind + ": " + explanation;
  }
}
