package dev.lockstep.protocol.view;

/** The quorum arithmetic (RULES 2). Nothing else computes a threshold. */
public interface QuorumRule {
  QuorumRule STANDARD = new QuorumRule() {};

  /**
   * Weight of a vote quorum. In Byzantine mode two quorums share more weight than the f heaviest
   * replicas hold, hence a correct replica; in crash mode they share a replica.
   */
  default long vote(View view, long totalWeight, long heaviestWeight) {
    return view.byzantine() ? (totalWeight + heaviestWeight) / 2 + 1 : totalWeight / 2 + 1;
  }

  /** Number of replicas among which at least one is correct; a count, never a weight. */
  default int oneCorrect(View view) {
    return view.byzantine() ? view.faults() + 1 : 1;
  }

  /** Number of STOPs with which a regency is installed; a count, never a weight. */
  default int install(View view) {
    return view.byzantine() ? 2 * view.faults() + 1 : view.faults() + 1;
  }
}
