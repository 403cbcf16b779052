/**
 * Membership service providers: which certificates are members of which organisation, and in which
 * role. They come from the channel configuration or from folders as cryptogen writes them.
 *
 * <p>A certificate chain is checked at a moment shortly after the certificate itself became valid,
 * so that all nodes and peers give the same verdict at all times. Whether a certificate expired is
 * another question, which only the frontends ask.
 */
package dev.lockstep.fabric.msp;
