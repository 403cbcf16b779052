package dev.lockstep.simulator.scenario;

import dev.lockstep.simulator.machine.Flaw;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.mutant.Mutants;

/** The protocol with something broken: a scenario that passes with it shows nothing. */
final class Broken {
  private Broken() {}

  /** What a named mutant makes of the protocol. */
  static Variant mutant(String name) {
    return Mutants.named(name).variant();
  }

  /** The protocol but for this rule. */
  static <R> Variant with(Class<R> type, R rule) {
    return Variant.standard().with(type, rule);
  }

  /** The protocol with a flaw in the ports of its cores. */
  static Variant with(Flaw flaw) {
    return Variant.standard().with(flaw);
  }
}
