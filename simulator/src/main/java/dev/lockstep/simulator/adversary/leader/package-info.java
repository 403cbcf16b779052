/**
 * What Byzantine leaders do to their proposals. Their votes follow what they proposed, unless the
 * lie is in the votes.
 */
package dev.lockstep.simulator.adversary.leader;
