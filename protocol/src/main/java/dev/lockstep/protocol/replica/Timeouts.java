package dev.lockstep.protocol.replica;

/**
 * How long to wait for a leader: doubles while regencies change without progress, falls back
 * gradually afterwards (RULES 36). Gradually, because a network that is slower than the base
 * timeout would otherwise depose every second leader.
 */
final class Timeouts {
  private static final int DECISIONS_PER_STEP = 4;

  private final long base;
  private final int maxDoublings;
  private int doublings;
  private int progress;
  private boolean progressed = true;

  Timeouts(long base, int maxDoublings) {
    this.base = base;
    this.maxDoublings = maxDoublings;
  }

  long current() {
    return base << doublings;
  }

  void onRegencyInstalled() {
    if (!progressed && doublings < maxDoublings) {
      doublings++;
    }
    progressed = false;
    progress = 0;
  }

  /** A batch with executed requests was delivered; empty batches are no progress. */
  void onProgress() {
    progressed = true;
    if (++progress >= DECISIONS_PER_STEP && doublings > 0) {
      progress = 0;
      doublings--;
    }
  }
}
