package dev.lockstep.protocol.port;

import dev.lockstep.protocol.replica.Replica;

/**
 * All that a {@link Replica} wants done, for hosts that do all of it. An implementation must only
 * note these calls, or act without calling back into the replica; answers come later as events. All
 * calls happen within an event of the replica, on its thread.
 *
 * <p>Nothing has a default: what a host forgets would be waited for for ever.
 */
public interface Actions
    extends Transport, VoteStorage, CheckpointStorage, Signatures, Execution, Monitor {}
