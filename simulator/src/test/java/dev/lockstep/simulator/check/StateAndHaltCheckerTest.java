package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.digest;

import dev.lockstep.simulator.Sighting.Executed;
import dev.lockstep.simulator.Sighting.Halted;
import dev.lockstep.simulator.Sighting.Held;
import org.junit.jupiter.api.Test;

class StateAndHaltCheckerTest {
  @Test
  void comparesStatesAfterTheSameInstance() {
    StateChecker checker = new StateChecker();
    checker.saw(1, new Executed(1, 1, digest("a")));
    checker.saw(2, new Executed(1, 2, digest("b")));
    checker.saw(3, new Executed(2, 1, digest("a")));
    assertViolation("I8", () -> checker.saw(4, new Executed(2, 2, digest("a"))));
  }

  @Test
  void findsAHalt() {
    assertViolation("HALT", () -> new HaltChecker().saw(1, new Halted(2, "two certificates")));
  }

  @Test
  void findsAnOverfullBuffer() {
    BoundsChecker checker = new BoundsChecker(32, 100, 1_000);
    checker.saw(1, new Held(1, 32, 100, 1_000));
    assertViolation("I13", () -> checker.saw(2, new Held(1, 33, 0, 0)));
    assertViolation("I13", () -> checker.saw(2, new Held(1, 0, 101, 0)));
    assertViolation("I13", () -> checker.saw(2, new Held(1, 0, 0, 1_001)));
  }
}
