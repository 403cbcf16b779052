/**
 * The Deliver half of {@code orderer.AtomicBroadcast}: streams of blocks out of a {@link
 * dev.lockstep.fabric.ledger.Ledger}. Frontends serve peers and clients with it, ordering nodes
 * serve frontends and one another; they differ in {@link dev.lockstep.fabric.deliver.Access}.
 */
package dev.lockstep.fabric.deliver;
