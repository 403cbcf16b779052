package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Statements;

/** When a replica may vote, what its vote says, and which votes count together. */
public interface VotingRule {
  VotingRule STANDARD = new VotingRule() {};

  /**
   * The vote window (RULES 20): never above {@code lastDelivered + window}, bound or not, because
   * STOPDATA asserts that nothing above was voted on (trace F11).
   */
  default boolean inWindow(long instance, long lastDelivered, int window, boolean bound) {
    return lastDelivered < instance && instance <= lastDelivered + window;
  }

  /** The timestamp of a vote is the regency, never a count per instance (PROTOCOL 1.2). */
  default long epoch(long regency, long firstRegencySeen) {
    return regency;
  }

  /** What an ACCEPT signature covers (RULES 22). */
  default byte[] acceptStatement(
      Digest cluster, int view, long instance, long regency, Digest digest, int sender) {
    return Statements.accept(cluster, view, instance, regency, digest, sender);
  }

  /** Only votes for the same digest are counted together. */
  default boolean countsFor(Digest voted, Digest wanted) {
    return voted.equals(wanted);
  }

  /** A replica's own vote counts only when its record is as durable as the mode demands (F5). */
  default boolean countsOwnVoteBeforeDurable() {
    return false;
  }

  /** Signatures of ACCEPTs are checked before the vote is counted (RULES 22). */
  default boolean checksAcceptsFirst() {
    return true;
  }
}
