package dev.lockstep.protocol.rules;

/** What a restarted replica may still rely on (RULES 26, 27). */
public interface RestartRule {
  RestartRule STANDARD = new RestartRule() {};

  /**
   * Until which delivered instance a replica whose votes reach further than its log must stay
   * silent (RULES 26, F1).
   */
  default long silentUntil(long highestVoted, int window) {
    return highestVoted - window;
  }

  /**
   * Which instance a restarted replica must have delivered before it answers reads: it may have
   * forgotten deliveries whose replies had left, but not its votes.
   */
  default long readsFrom(long highestVoted) {
    return highestVoted;
  }

  /** Up to which instance a replica that lost its votes must not vote (RULES 27). */
  default long muteUntil(long highestCertified, int window) {
    return highestCertified + 2L * window;
  }
}
