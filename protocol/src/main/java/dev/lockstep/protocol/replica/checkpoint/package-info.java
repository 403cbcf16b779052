/**
 * Checkpoints of this replica's state: the protocol's part and the service's, as pieces with one
 * hash. {@code Checkpoints} takes and keeps them, {@code CheckpointServer} gives them to others,
 * {@code CheckpointHead} is the part that is not the service's, {@code ReplicatedState} makes it
 * and takes it up.
 */
package dev.lockstep.protocol.replica.checkpoint;
