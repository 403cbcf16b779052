package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.consensus.Consensus;

/** Makes the consensus of a slot that is opened. */
public interface Instances {
  Consensus open(Slot slot);
}
