/**
 * The decisions of the protocol as pure objects: what is valid, what a SYNC concludes, when a vote
 * may be cast, what delivery does. Each has one standard form; the simulator breaks them one by one
 * to see that its checkers notice. The numbers are those of docs/protocol.md.
 */
package dev.lockstep.protocol.rules;
