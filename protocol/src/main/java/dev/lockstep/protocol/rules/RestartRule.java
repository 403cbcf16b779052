package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.replica.Record;
import java.util.List;

/** What a restarted replica may still rely on (RULES 26, 27). */
public interface RestartRule {
  RestartRule STANDARD = new RestartRule() {};

  /** The records that count. */
  default List<Record> remembered(List<Record> records) {
    return records;
  }

  /**
   * Until which delivered instance a replica whose votes reach further than its log must stay
   * silent (RULES 26, F1).
   */
  default long silentUntil(long highestVoted, int window) {
    return highestVoted - window;
  }

  /** Up to which instance a replica that lost its votes must not vote (RULES 27). */
  default long muteUntil(long highestCertified, int window) {
    return highestCertified + 2L * window;
  }
}
