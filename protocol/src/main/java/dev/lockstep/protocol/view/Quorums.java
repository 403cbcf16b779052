package dev.lockstep.protocol.view;

import java.util.function.IntToLongFunction;

/**
 * Says whether a set of replicas is large enough, for one view or for two at once ({@link
 * JointQuorums}). Whoever asks sees no number: neither a threshold nor a weight leaves it.
 */
public interface Quorums {
  /**
   * An empty set of replicas, to be filled and asked. Of replicas that are no members it is deaf.
   */
  VoteSet none();

  /** Whether the replica is a member, of any of the views. */
  boolean contains(int replica);

  /**
   * The highest number that is reached by members of whom one is correct. Example: the regency that
   * a correct replica asked for, so that joining it is no more than following (RULES 20).
   *
   * @param valueOf number of each member, by its id
   */
  long reachedByOneCorrect(IntToLongFunction valueOf);

  /** The highest number that is reached by so many that a regency may be installed. */
  long reachedByInstall(IntToLongFunction valueOf);
}
