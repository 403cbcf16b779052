/**
 * The protocol with one rule broken in a way that somebody once broke it, or might. The simulator
 * must notice every one of them; a checker that does not is worth less than it seems.
 */
package dev.lockstep.simulator.mutant;
