package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.digest;

import org.junit.jupiter.api.Test;

class StateAndHaltCheckerTest {
  @Test
  void comparesStatesAfterTheSameInstance() {
    StateChecker checker = new StateChecker();
    checker.executed(1, 1, 1, digest("a"));
    checker.executed(2, 1, 2, digest("b"));
    checker.executed(3, 2, 1, digest("a"));
    assertViolation("I8", () -> checker.executed(4, 2, 2, digest("a")));
  }

  @Test
  void findsAHalt() {
    assertViolation("HALT", () -> new HaltChecker().halted(1, 2, "two certificates"));
  }

  @Test
  void findsAnOverfullBuffer() {
    BoundsChecker checker = new BoundsChecker(32, 100, 1_000);
    checker.held(1, 1, 32, 100, 1_000);
    assertViolation("I13", () -> checker.held(2, 1, 33, 0, 0));
    assertViolation("I13", () -> checker.held(2, 1, 0, 101, 0));
    assertViolation("I13", () -> checker.held(2, 1, 0, 0, 1_001));
  }
}
