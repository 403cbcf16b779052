/**
 * The way back of a replica that lost its votes: RECOVER to all, a new incarnation that a quorum
 * knows of, and silence until it has seen what it may have voted on (RULES 26, 27).
 */
package dev.lockstep.protocol.replica.recovery;
