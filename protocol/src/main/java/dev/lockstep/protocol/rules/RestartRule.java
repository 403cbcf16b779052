package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.record.Record;
import java.util.List;

/** What a restarted replica may still rely on (RULES 26, 27). */
public interface RestartRule {
  RestartRule STANDARD = new RestartRule() {};

  /** Whether the record is handed to storage at all. */
  default boolean isPersisted(Record record) {
    return true;
  }

  /** Whether what follows from the record waits until it is durable (RULES 25, F5). */
  default boolean waitsFor(Record record) {
    return true;
  }

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
