package dev.lockstep.simulator.mutant;

import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.plan.Restrictions;

/**
 * The protocol with one rule broken in a way that somebody once broke it, or might. A run with a
 * mutant must fail, or the simulator's checkers are worth less than they seem.
 *
 * @param name as in {@code --mutant}
 * @param breaks what is wrong with it, in one sentence
 * @param safety whether a safety checker must catch it; otherwise a stall does
 * @param variant of the protocol that all replicas follow
 * @param hunt where it bites most often
 */
public record Mutant(
    String name, String breaks, boolean safety, Variant variant, Restrictions hunt) {}
