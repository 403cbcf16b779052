/**
 * Who takes part, and everything that changes what is valid (RULES 1 to 3). {@link
 * dev.lockstep.protocol.view.ViewHistory} says which view orders which instance, {@link
 * dev.lockstep.protocol.view.QuorumSystem} is the only place that compares votes with thresholds.
 * Ids of replicas outlive views, positions do not: what is kept for each replica is in a {@link
 * dev.lockstep.protocol.view.PeerTable}.
 */
package dev.lockstep.protocol.view;
