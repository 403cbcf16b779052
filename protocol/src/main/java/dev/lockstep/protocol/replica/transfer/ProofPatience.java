package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.replica.facts.DecisionLog;
import dev.lockstep.protocol.replica.kernel.Clock;

/**
 * How long a state that was taken up waits for its proof. While decisions come there will be
 * checkpoints to compare with, and while storage has one of this replica's state there will be its
 * hash.
 */
final class ProofPatience {
  /** STATUS periods after which a state that nobody can prove is given up for another one. */
  private static final int PERIODS = 20;

  /** The same after it was given up again and again. */
  private static final int PERIODS_MAX = 64 * PERIODS;

  /** So many times as long if there are decisions to follow: they may only be slow to come. */
  private static final int BEHIND = 8;

  private final Clock clock;
  private final DecisionLog log;
  private final long periodMicros;
  private int periods = PERIODS;

  /** Since when nothing came forward, in microseconds. */
  private long since;

  private long deliveredAtLook;

  /**
   * @param periodMicros of STATUS
   */
  ProofPatience(Clock clock, DecisionLog log, long periodMicros) {
    this.clock = clock;
    this.log = log;
    this.periodMicros = periodMicros;
  }

  /** A state begins to wait. */
  void begin() {
    since = clock.now();
  }

  /** Whether it has waited long enough without anything coming forward. */
  boolean isOver(boolean takesCheckpoint, boolean behind) {
    if (log.last() != deliveredAtLook || takesCheckpoint) {
      deliveredAtLook = log.last();
      since = clock.now();
    }
    return clock.now() - since > (behind ? BEHIND : 1) * periods * periodMicros;
  }

  /** Perhaps it was only too early: storage and network may be slow everywhere. */
  void lengthen() {
    periods = Math.min(PERIODS_MAX, 2 * periods);
  }

  /** The transfer is over. */
  void reset() {
    periods = PERIODS;
  }
}
