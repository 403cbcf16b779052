package dev.lockstep.network.wire;

import dev.lockstep.protocol.bytes.Digest;

/**
 * Which group somebody belongs to, and as what he knows it. Who knows it otherwise counts other
 * quorums, holds other requests for valid, or trusts other keys, so nothing is said to him.
 *
 * @param cluster names the cluster in everything that is signed
 * @param configuration digest of everything that decides what is valid
 */
public record GroupId(Digest cluster, Digest configuration) {
  /** Why somebody of that group is refused in this one; null if he is not. */
  public Greeting.Reason refuse(GroupId theirs) {
    if (!theirs.cluster.equals(cluster)) {
      return Greeting.Reason.CLUSTER;
    }
    return theirs.configuration.equals(configuration) ? null : Greeting.Reason.CONFIGURATION;
  }

  /**
   * Both sides' configurations, in words, as {@code lockstep replica --print-config} shows them.
   */
  public String compare(Digest theirs) {
    return "its configuration is " + theirs + " and ours is " + configuration;
  }
}
