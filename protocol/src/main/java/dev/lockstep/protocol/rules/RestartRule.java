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

  /**
   * Which regency the answer to a replica that lost its votes names: below it the sender votes no
   * more, but a SYNC of it may use what it stated before it heard of the loss (RULES 27).
   *
   * @param synced the highest regency of which it accepted the SYNC
   */
  default long named(long promised, long synced) {
    return promised;
  }

  /**
   * Whether an answer counts for a replica that lost its votes. Before, it might vote below a
   * regency whose SYNC may still use what it stated in an earlier life (RULES 27).
   *
   * @param named the regency that the answer names
   * @param synced the highest regency of which the learner accepted the SYNC
   */
  default boolean counts(long named, long synced) {
    return named <= synced;
  }

  /** Up to which instance a replica that lost its votes must not vote (RULES 27). */
  default long muteUntil(long highestCertified, int window) {
    return highestCertified + 2L * window;
  }
}
