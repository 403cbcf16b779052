package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.replica.kernel.Clock;

/** How long a checkpoint may take to come, which follows from the size that its source offers. */
final class Pace {
  /** Bytes per second at which it must come, or another source is tried. */
  private static final long LEAST_RATE = 1 << 20;

  /** How long the first pieces may take, as many times the patience. */
  private static final int BEGINNING = 16;

  /** The next time that the same source is tried it has twice the time: all links may be slow. */
  private static final int MOST_DOUBLINGS = 10;

  private final Clock clock;
  private final Candidates candidates;
  private final long patienceMicros;

  /** When the candidate must be here, in microseconds. */
  private long dueAt;

  /**
   * @param patienceMicros how long a question may take
   */
  Pace(Clock clock, Candidates candidates, long patienceMicros) {
    this.clock = clock;
    this.candidates = candidates;
    this.patienceMicros = patienceMicros;
  }

  /** The candidate is asked for from now on. */
  void begin(Candidate candidate) {
    long seconds = Math.max(0, candidates.bytes(candidate)) / LEAST_RATE;
    long micros = BEGINNING * patienceMicros + Math.min(seconds, Integer.MAX_VALUE) * 1_000_000;
    dueAt =
        clock.now() + (micros << Math.min(MOST_DOUBLINGS, candidates.failures(candidate.source())));
  }

  /** Whether it should be here by now. A liar cannot stretch a transfer any further. */
  boolean isTooSlow() {
    return clock.now() >= dueAt;
  }
}
