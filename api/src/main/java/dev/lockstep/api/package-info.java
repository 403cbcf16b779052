/**
 * What the author of a replicated service implements ({@link dev.lockstep.api.Service}) and what
 * its clients call ({@link dev.lockstep.api.Invoker}).
 *
 * <p>A service is an ordinary single-threaded object: every replica runs its own copy, and calls
 * its methods with the same commands in the same order. All it must be is deterministic: from the
 * same state, the same command in the same context must lead to the same state and the same reply.
 * What services are tempted to take from elsewhere (time, random numbers, the caller's identity) is
 * in the {@link dev.lockstep.api.MessageContext}.
 */
package dev.lockstep.api;
