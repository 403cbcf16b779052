package dev.lockstep.simulator.scenario;

import dev.lockstep.protocol.rules.DeliveryRule;
import dev.lockstep.protocol.rules.RequestRule;
import dev.lockstep.protocol.rules.RestartRule;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.rules.ValidityRule;
import dev.lockstep.simulator.mutant.Mutant;
import dev.lockstep.simulator.mutant.Mutants;

/** Rules of which one is broken: a scenario that passes with them shows nothing. */
final class Broken {
  private Broken() {}

  /** The rules of a named mutant. */
  static Rules mutant(String name) {
    return Mutants.all().stream()
        .filter(mutant -> mutant.name().equals(name))
        .map(Mutant::rules)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no mutant " + name));
  }

  /** The standard rules but for this one. */
  static Rules with(Object rule) {
    Rules s = Rules.standard();
    return new Rules(
        s.quorum(),
        s.voting(),
        s.selection(),
        s.entries(),
        rule instanceof ValidityRule validity ? validity : s.validity(),
        rule instanceof DeliveryRule delivery ? delivery : s.delivery(),
        rule instanceof RequestRule requests ? requests : s.requests(),
        s.regency(),
        rule instanceof RestartRule restart ? restart : s.restart(),
        s.transfer());
  }
}
