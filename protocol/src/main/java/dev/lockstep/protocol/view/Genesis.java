package dev.lockstep.protocol.view;

import dev.lockstep.protocol.bytes.Digest;

/**
 * What is the same for the whole life of a group, whatever its view (RULES 1).
 *
 * @param domains the names of the group in everything that is signed
 * @param mode what faulty replicas may do
 * @param window instances that may be open at a time (W), at least 1
 */
public record Genesis(Domains domains, View.Mode mode, int window) {
  /** Of a group that was never restored. */
  public Genesis(Digest cluster, View.Mode mode, int window) {
    this(Domains.only(cluster), mode, window);
  }

  /** Names the group in what is signed now, and belongs to no instance. */
  public Digest cluster() {
    return domains.now();
  }

  /** Whether replicas may do anything, so that votes are signed and certificates prove. */
  public boolean byzantine() {
    return mode == View.Mode.BYZANTINE;
  }
}
