package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.SECOND;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.stopData;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegencyCheckerTest {
  private final RegencyChecker checker = new RegencyChecker(four(1));

  private void stop(int replica, long regency) {
    checker.sent(0, replica, 3, new Message.Stop(regency));
  }

  private void promise(int replica, long ticket, long regency) {
    checker.persisting(0, replica, ticket, new Record.Promised(regency));
    checker.persisted(0, replica, ticket);
  }

  private static Message.Status status(long regency, long next) {
    return new Message.Status(0, regency, next, true, 0, 0);
  }

  @Test
  void acceptsAnInstallWithEnoughStops() {
    stop(1, 1);
    checker.sent(0, 2, 3, status(0, 4));
    promise(1, 1, 1);
    checker.sent(0, 1, 2, stopData(1, 1, 0));
    checker.sent(0, 1, 2, status(1, 1));
    // Replica 3 installs because of the SYNC; the STOPs for it are there all the same.
    promise(3, 1, 1);
  }

  @Test
  void findsAnInstallThatNobodyAskedFor() {
    stop(1, 1);
    assertViolation("I12", () -> promise(1, 1, 1));
  }

  @Test
  void findsAnInstallAboveWhatWasAskedFor() {
    stop(1, 1);
    stop(2, 1);
    assertViolation("I12", () -> promise(1, 1, 2));
    assertViolation("I12", () -> checker.sent(0, 3, 1, stopData(2, 3, 0)));
  }

  @Test
  void findsARegencyThatShrinks() {
    stop(1, 5);
    stop(2, 5);
    promise(1, 1, 5);
    assertViolation("I12", () -> promise(1, 2, 4));
    assertViolation("I12", () -> checker.sent(0, 1, 2, status(4, 4)));
    checker.sent(0, 1, 2, stopData(5, 1, 0));
    assertViolation("I12", () -> checker.sent(0, 1, 2, stopData(4, 1, 0)));
  }

  @Test
  void findsAPromiseForgottenInARestartButNotInALoss() {
    stop(1, 5);
    stop(2, 5);
    promise(1, 1, 5);
    checker.started(0, 1, new StartState(StartState.Kind.INTACT, List.of(new Record.Promised(5))));
    assertViolation("I12", () -> checker.sent(0, 1, 2, status(0, 0)));
    checker.started(0, 1, new StartState(StartState.Kind.LOST, List.of()));
    checker.sent(0, 1, 2, status(0, 0));
  }

  @Test
  void countsChangesAfterTheNetworkHasSettled() {
    NeedlessChangeChecker changes = new NeedlessChangeChecker(SECOND, 2);
    changes.persisting(0, 1, 1, new Record.Promised(1));
    changes.healed(10);
    changes.persisting(11, 1, 2, new Record.Promised(2));
    changes.persisting(10 + SECOND, 1, 3, new Record.Promised(3));
    changes.persisting(11 + SECOND, 2, 3, new Record.Promised(3));
    changes.persisting(12 + SECOND, 2, 4, new Record.Promised(7));
    assertViolation("V2", () -> changes.persisting(13 + SECOND, 2, 5, new Record.Promised(8)));
  }
}
