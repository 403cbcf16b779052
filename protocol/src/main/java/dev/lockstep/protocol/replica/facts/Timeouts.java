package dev.lockstep.protocol.replica.facts;

/**
 * How long to wait for a leader: doubles while regencies change without progress, falls back
 * gradually afterwards (RULES 36). Gradually, because a network that is slower than the base
 * timeout would otherwise depose every second leader.
 */
public final class Timeouts {
  private static final int DECISIONS_PER_STEP = 4;

  /** Of a group in which all is well, in microseconds. */
  private final long baseMicros;

  private final int maxDoublings;

  /** From 0 to {@link #maxDoublings}. */
  private int doublings;

  /** Batches that were progress since the last step down, or since the regency began. */
  private int progress;

  /** Whether anything was executed in this regency. */
  private boolean progressed = true;

  public Timeouts(long baseMicros, int maxDoublings) {
    this.baseMicros = baseMicros;
    this.maxDoublings = maxDoublings;
  }

  /** How long to wait now, in microseconds. */
  public long current() {
    return baseMicros << doublings;
  }

  /** The next leader has its turn. */
  public void onRegencyInstalled() {
    if (!progressed && doublings < maxDoublings) {
      doublings++;
    }
    progressed = false;
    progress = 0;
  }

  /** A batch with executed requests was delivered; empty batches are no progress. */
  public void onProgress() {
    progressed = true;
    if (++progress >= DECISIONS_PER_STEP && doublings > 0) {
      progress = 0;
      doublings--;
    }
  }
}
