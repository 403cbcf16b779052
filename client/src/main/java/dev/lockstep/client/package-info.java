/**
 * The client of a replicated service. {@link dev.lockstep.client.ServiceProxy} is a handle for one
 * client identity: thread-safe, with one connection to each replica however many sessions it runs.
 *
 * <p>The protocol's client core runs on one event loop, which also owns the connections. Calls of
 * any thread are queued and taken over in bundles, one wake-up for many; results are completed on
 * the loop at the end of a turn, after everything that the turn sent has left.
 */
package dev.lockstep.client;
