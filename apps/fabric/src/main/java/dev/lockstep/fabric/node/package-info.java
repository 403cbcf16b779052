/**
 * Ordering nodes. {@link dev.lockstep.fabric.node.OrderingService} is the replicated service: it
 * checks envelopes, cuts blocks and chains their headers, and does nothing else, so it is
 * deterministic. Around it, on each node: signatures of blocks, the blocks on disk, the timer that
 * asks for overdue batches, and a server from which frontends and other nodes fetch blocks.
 */
package dev.lockstep.fabric.node;
