package dev.lockstep.protocol.replica.transfer;

import dev.lockstep.protocol.bytes.Digest;

/**
 * A checkpoint that may be taken up.
 *
 * @param source the replica that offered it
 */
record Candidate(int source, long instance, Digest hash) {
  @Override
  public String toString() {
    return "Candidate[member=" + source + ", instance=" + instance + ", hash=" + hash + "]";
  }
}
