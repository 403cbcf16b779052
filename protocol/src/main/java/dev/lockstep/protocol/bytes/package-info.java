/**
 * Canonical bytes: what is hashed, signed, sent and stored is written by {@link
 * dev.lockstep.protocol.bytes.Encoder} and read by {@link dev.lockstep.protocol.bytes.Decoder},
 * which refuses whatever an encoder would not have written.
 */
package dev.lockstep.protocol.bytes;
