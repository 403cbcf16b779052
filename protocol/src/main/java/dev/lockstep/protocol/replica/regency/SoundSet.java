package dev.lockstep.protocol.replica.regency;

import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.rules.SelectionRule;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.QuorumSystem;
import java.util.List;

/**
 * Chooses among the entries that a leader has those for its SYNC: none of them may show that the
 * sender of another one lost its votes since, and together they must settle every open instance.
 *
 * <p>Where one shows another to be outdated, the outdated one is left out first. If nothing follows
 * without it, the one that shows it is left out instead: a liar may show a claim that a replica
 * made while it recovered and that nobody else ever acknowledged, and that replica is a member all
 * the same.
 */
final class SoundSet {
  /** Bounds the work that liars who show each other to be outdated can cause. */
  private static final int MOST_TRIES = 1024;

  private final Entries check;
  private final SelectionRule rule;
  private int tries;

  SoundSet(Entries check, SelectionRule rule) {
    this.check = check;
    this.rule = rule;
  }

  /**
   * @param entries a valid set of entries from which this follows
   */
  record Found(List<SignedTestimony> entries, Outcome outcome) {}

  /** Returns null while there is no such set: then more entries are needed. */
  Found findOrNull(List<SignedTestimony> entries, QuorumSystem quorums) {
    tries = 0;
    return searchOrNull(entries, quorums);
  }

  private Found searchOrNull(List<SignedTestimony> entries, QuorumSystem quorums) {
    if (++tries > MOST_TRIES || !isQuorum(entries, quorums)) {
      return null;
    }
    for (SignedTestimony entry : entries) {
      for (SignedTestimony shows : entries) {
        if (check.isOutdated(entry.core(), shows.core())) {
          Found without = searchOrNull(without(entries, entry), quorums);
          return without != null ? without : searchOrNull(without(entries, shows), quorums);
        }
      }
    }
    List<Testimony> cores = entries.stream().map(SignedTestimony::core).toList();
    Outcome outcome = rule.evaluate(cores, quorums);
    return outcome == null ? null : new Found(entries, outcome);
  }

  private static boolean isQuorum(List<SignedTestimony> entries, QuorumSystem quorums) {
    long senders = 0;
    for (SignedTestimony entry : entries) {
      senders |= quorums.bit(entry.core().replica());
    }
    return quorums.isVoteQuorum(senders);
  }

  private static List<SignedTestimony> without(
      List<SignedTestimony> entries, SignedTestimony left) {
    return entries.stream().filter(entry -> entry != left).toList();
  }
}
