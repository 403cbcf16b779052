/**
 * Blocks: the bytes and hashes of their headers, the form of the envelopes in them, their metadata
 * and signatures, and a verifier that knows the rules of the peers and nothing of how blocks are
 * made here.
 *
 * <p>All nodes must sign the same bytes, and every peer must accept them, so nothing here depends
 * on time, chance or iteration order, but for the nonces and the signatures themselves.
 */
package dev.lockstep.fabric.block;
