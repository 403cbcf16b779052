package dev.lockstep.protocol.view;

import dev.lockstep.protocol.bytes.Digest;

/**
 * What is the same for the whole life of a group, whatever its view (RULES 1).
 *
 * @param cluster names the group in everything that is signed
 * @param mode what faulty replicas may do
 * @param window instances that may be open at a time (W), at least 1
 */
public record Genesis(Digest cluster, View.Mode mode, int window) {
  /** Whether replicas may do anything, so that votes are signed and certificates prove. */
  public boolean byzantine() {
    return mode == View.Mode.BYZANTINE;
  }
}
