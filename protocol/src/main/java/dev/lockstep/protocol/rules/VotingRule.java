package dev.lockstep.protocol.rules;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Statements;

/** When a replica may vote, what its vote says, and which votes count together. */
public interface VotingRule {
  VotingRule STANDARD = new VotingRule() {};

  /**
   * The vote window (RULES 20): never above {@code lastDelivered + window}, whether SYNC fixed the
   * value or not, because STOPDATA asserts that nothing above was voted on (trace F11).
   */
  default boolean inWindow(long instance, long lastDelivered, int window) {
    return lastDelivered < instance && instance <= lastDelivered + window;
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
}
