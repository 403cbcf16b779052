/**
 * State transfer: what a replica does when the decisions of the others do not reach back to it.
 *
 * <ul>
 *   <li>{@code Transfer}: the phases, of which {@code Phases} says which may follow which.
 *   <li>{@code Candidates}: what others offer and claim, and which checkpoint to try.
 *   <li>{@code PieceFetcher}: one checkpoint, piece by piece.
 *   <li>{@code Pace}: how long it may take to come.
 *   <li>{@code StateProof}: whether the state that was taken up is right; {@code ProofPatience}:
 *       how long that may take to be known.
 * </ul>
 */
package dev.lockstep.protocol.replica.transfer;
