package dev.lockstep.protocol.view;

import java.util.function.IntToLongFunction;

/**
 * The quorums of two views at once, while the newer one is decided and not in force: every answer
 * needs both (RULES 33). The instances before the change are those of the old members, the ones
 * after it those of the new, and one change of regency settles both. A replica that is a member of
 * both counts in both.
 */
public final class JointQuorums implements Quorums {
  private final Quorums older;
  private final Quorums newer;

  public JointQuorums(Quorums older, Quorums newer) {
    this.older = older;
    this.newer = newer;
  }

  @Override
  public VoteSet none() {
    return new Both(older.none(), newer.none());
  }

  @Override
  public boolean contains(int replica) {
    return older.contains(replica) || newer.contains(replica);
  }

  @Override
  public long reachedByOneCorrect(IntToLongFunction valueOf) {
    return Math.min(older.reachedByOneCorrect(valueOf), newer.reachedByOneCorrect(valueOf));
  }

  @Override
  public long reachedByInstall(IntToLongFunction valueOf) {
    return Math.min(older.reachedByInstall(valueOf), newer.reachedByInstall(valueOf));
  }

  private static final class Both extends VoteSet {
    private final VoteSet older;
    private final VoteSet newer;

    Both(VoteSet older, VoteSet newer) {
      this.older = older;
      this.newer = newer;
    }

    @Override
    public void add(int replica) {
      older.add(replica);
      newer.add(replica);
    }

    @Override
    public void remove(int replica) {
      older.remove(replica);
      newer.remove(replica);
    }

    @Override
    public boolean contains(int replica) {
      return older.contains(replica) || newer.contains(replica);
    }

    @Override
    public boolean isEmpty() {
      return older.isEmpty() && newer.isEmpty();
    }

    @Override
    public boolean isVoteQuorum() {
      return older.isVoteQuorum() && newer.isVoteQuorum();
    }

    @Override
    public boolean hasOneCorrect() {
      return older.hasOneCorrect() && newer.hasOneCorrect();
    }

    @Override
    public boolean isInstall() {
      return older.isInstall() && newer.isInstall();
    }
  }
}
