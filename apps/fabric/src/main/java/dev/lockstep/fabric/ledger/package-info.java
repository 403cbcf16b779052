/**
 * The blocks of a channel on disk: {@link dev.lockstep.fabric.ledger.BlockFile} is the file, {@link
 * dev.lockstep.fabric.ledger.Ledger} what nodes and frontends keep their chain in, with the newest
 * blocks in memory and a bell for those who wait for the next one.
 */
package dev.lockstep.fabric.ledger;
