/**
 * The normal phase: proposals, votes, decisions (thesis 3.3 and 3.6.1). Each instance is one {@link
 * dev.lockstep.protocol.consensus.Consensus}; the parts here decide what it may vote for, and what
 * a leader proposes.
 *
 * <pre>
 *   PROPOSE          leader -> all        Voter          checked, voted for
 *   WRITE, ACCEPT    all -> all           Voter          to the consensus of the instance
 *   DECISION         replica -> replica   Decisions      proved, held until its turn
 *   VALUE            replica -> replica   Decisions      a value that SYNC fixed or a quorum decided
 *   FETCH_VALUE, FETCH_REQUESTS, MISSING  ValueFetcher   asked for what a slot lacks
 * </pre>
 *
 * Records that come first: a vote's WROTE and a lock's LOCKED are durable before WRITE and ACCEPT
 * leave (RULES 25).
 */
package dev.lockstep.protocol.replica.ordering;
