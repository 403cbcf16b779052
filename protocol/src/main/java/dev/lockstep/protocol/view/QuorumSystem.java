package dev.lockstep.protocol.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * The quorums of one view, and the one place where votes are compared with thresholds. Immutable.
 *
 * <p>Within one instance of consensus, all of one view, sets are bit masks over the positions of
 * the members: no set has to be made to count a vote. Everywhere else they are {@link VoteSet}s of
 * ids.
 */
public final class QuorumSystem implements Quorums {
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

  @Override
  public boolean contains(int replica) {
    return view.contains(replica);
  }

  @Override
  public long reachedByOneCorrect(IntToLongFunction valueOf) {
    return reachedBy(oneCorrect, valueOf);
  }

  @Override
  public long reachedByInstall(IntToLongFunction valueOf) {
    return reachedBy(install, valueOf);
  }

  private long reachedBy(int count, IntToLongFunction valueOf) {
    long[] sorted = new long[weights.length];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = valueOf.applyAsLong(view.members().get(i).replica());
    }
    Arrays.sort(sorted);
    return sorted[sorted.length - Math.min(sorted.length, count)];
  }

  @Override
  public VoteSet none() {
    return new Members();
  }

  private final class Members extends VoteSet {
    private long mask;

    @Override
    public void add(int replica) {
      mask |= bit(replica);
    }

    @Override
    public void remove(int replica) {
      mask &= ~bit(replica);
    }

    @Override
    public boolean contains(int replica) {
      return (mask & bit(replica)) != 0;
    }

    @Override
    public boolean isEmpty() {
      return mask == 0;
    }

    @Override
    public boolean isVoteQuorum() {
      return QuorumSystem.this.isVoteQuorum(mask);
    }

    @Override
    public boolean hasOneCorrect() {
      return QuorumSystem.this.hasOneCorrect(mask);
    }

    @Override
    public boolean isInstall() {
      return QuorumSystem.this.isInstall(mask);
    }
  }
}
