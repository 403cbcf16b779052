/**
 * What the protocol asks of signatures: one to make, one to check. The host says how ({@code
 * crypto} with real keys, the simulator with a keyed hash).
 */
package dev.lockstep.protocol.crypto;
