package dev.lockstep.protocol.view;

/**
 * A set of replicas, by their ids, bound to the quorums that judge it. Made by {@link
 * Quorums#none}. Not thread-safe.
 */
public abstract class VoteSet {
  VoteSet() {}

  /** Adds the replica if it is a member. */
  public abstract void add(int replica);

  /** Takes the replica out if it is in. */
  public abstract void remove(int replica);

  public abstract boolean contains(int replica);

  public abstract boolean isEmpty();

  /** Enough for a decision, a SYNC, and an answer to a client. */
  public abstract boolean isVoteQuorum();

  /** Holds at least one correct replica. */
  public abstract boolean hasOneCorrect();

  /** Enough STOPs to install a regency. */
  public abstract boolean isInstall();
}
