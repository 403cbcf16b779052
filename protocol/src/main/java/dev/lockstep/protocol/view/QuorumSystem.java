package dev.lockstep.protocol.view;

import java.util.ArrayList;
import java.util.List;

/**
 * Answers whether a set of replicas is large enough. Sets are bit masks over the positions of the
 * members in the view. The one place where votes are compared with thresholds. Immutable.
 */
public final class QuorumSystem {
  private final View view;
  private final int[] weights;
  private final long vote;
  private final int oneCorrect;
  private final int install;

  public QuorumSystem(View view, QuorumRule rule) {
    this.view = view;
    weights = new int[view.size()];
    long total = 0;
    List<Integer> sorted = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      weights[i] = view.members().get(i).weight();
      total += weights[i];
      sorted.add(weights[i]);
    }
    sorted.sort(null);
    long heaviest = 0;
    for (int i = 0; i < view.faults(); i++) {
      heaviest += sorted.get(sorted.size() - 1 - i);
    }
    vote = rule.vote(view, total, heaviest);
    oneCorrect = rule.oneCorrect(view);
    install = rule.install(view);
  }

  public View view() {
    return view;
  }

  public long weight(long members) {
    long sum = 0;
    for (long rest = members; rest != 0; rest &= rest - 1) {
      sum += weights[Long.numberOfTrailingZeros(rest)];
    }
    return sum;
  }

  /** Enough for a decision, a SYNC, and an answer to a client. */
  public boolean isVoteQuorum(long members) {
    return weight(members) >= vote;
  }

  /** Holds at least one correct replica. */
  public boolean hasOneCorrect(long members) {
    return Long.bitCount(members) >= oneCorrect;
  }

  /**
   * Enough STOPs to install a regency; also enough vouches that every correct replica will hear.
   */
  public boolean isInstall(long members) {
    return Long.bitCount(members) >= install;
  }

  public int oneCorrect() {
    return oneCorrect;
  }

  public int install() {
    return install;
  }

  /** Weight that a vote quorum needs. */
  public long vote() {
    return vote;
  }

  /** The bit of a replica, or 0 when it is no member. */
  public long bit(int replica) {
    int index = view.indexOf(replica);
    return index < 0 ? 0 : 1L << index;
  }
}
