package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.SECOND;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.digest;
import static dev.lockstep.simulator.check.CheckFixture.four;

import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.Sighting.Clock;
import dev.lockstep.simulator.Sighting.Delivered;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimeCheckerTest {
  // The bound is half a second, and the clock of replica 3 is wrong.
  private final TimeChecker checker = new TimeChecker(four(1));

  private static Delivery at(long instance, long time) {
    return new Delivery(instance, time, digest("s"), 0, 0, List.of());
  }

  @Test
  void acceptsTimesUpToTheBoundAheadAndSmallStepsAbove() {
    checker.saw(0, new Clock(1, 10 * SECOND));
    checker.saw(0, new Delivered(1, at(1, 10 * SECOND + SECOND / 2)));
    checker.saw(0, new Delivered(1, at(2, 10 * SECOND + SECOND / 2 + 1)));
    checker.saw(0, new Delivered(2, at(1, 10 * SECOND + SECOND / 2)));
    // The clock goes on between reports.
    checker.saw(SECOND, new Delivered(1, at(3, 11 * SECOND + SECOND / 2)));
  }

  @Test
  void findsTimeThatStandsStill() {
    checker.saw(0, new Delivered(1, at(1, 100)));
    assertViolation("I11", () -> checker.saw(1, new Delivered(1, at(2, 100))));
  }

  @Test
  void findsTimeAheadOfAllCorrectClocks() {
    checker.saw(0, new Clock(1, 10 * SECOND));
    checker.saw(0, new Clock(3, 99 * SECOND));
    assertViolation(
        "I11", () -> checker.saw(0, new Delivered(1, at(1, 10 * SECOND + SECOND / 2 + 1))));
  }
}
