/**
 * What a replica knows: small classes of state, each with its invariant. No messages, no timers, no
 * knowledge of any part. The parts, which do everything, are given the facts that they read and
 * change; so a part can be built in a test with a handful of facts, and what it concludes reaches
 * the others as a changed fact.
 *
 * <pre>
 *   DecisionLog     what is delivered, and the chain of its headers
 *   Window, Slot    what is open above it
 *   Regency         under whom: installed, asked for, synced
 *   Voice           what this replica may say
 *   Incarnations    who lost its votes, and how often
 *   Peers           what others say of themselves
 *   Sources         peers that are asked, and which of them are of use
 *   Cost, PeerCosts what a message of a peer may cost: the price list, and the accounts
 *   RequestCarrier  requests that go to peers, in messages that each of them takes
 *   Timeouts        how long to wait for a leader
 * </pre>
 */
package dev.lockstep.protocol.replica.facts;
