/**
 * Policies of a channel: which sets of signers satisfy them. An identity counts once, however many
 * signatures it made; signatures that do not verify and identities that are unknown count for
 * nothing.
 */
package dev.lockstep.fabric.policy;
