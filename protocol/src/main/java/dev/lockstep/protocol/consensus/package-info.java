/**
 * VP-Consensus: one instance of agreement on one value. {@link
 * dev.lockstep.protocol.consensus.ByzantineConsensus} takes PROPOSE, WRITE and ACCEPT, {@link
 * dev.lockstep.protocol.consensus.CrashConsensus} PROPOSE and ACCEPT. An instance knows a {@link
 * dev.lockstep.protocol.consensus.Consensus.Host} and nothing of the replica around it; members are
 * positions in the view that orders the instance.
 */
package dev.lockstep.protocol.consensus;
