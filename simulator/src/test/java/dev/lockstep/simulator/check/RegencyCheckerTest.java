package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.SECOND;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.stopData;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Sighting.Healed;
import dev.lockstep.simulator.Sighting.Persisted;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Received;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegencyCheckerTest {
  private final RegencyChecker checker = new RegencyChecker(four(1));

  private void stop(int replica, long regency) {
    checker.saw(0, new Sent(replica, 3, new Message.Stop(regency)));
  }

  private void promise(int replica, long ticket, long regency) {
    checker.saw(0, new Persisting(replica, ticket, new Record.Promised(regency)));
    checker.saw(0, new Persisted(replica, ticket));
  }

  private static Message.Status status(long regency, long next) {
    return new Message.Status(0, regency, next, true, 0, 0);
  }

  @Test
  void acceptsAnInstallWithEnoughStops() {
    stop(1, 1);
    checker.saw(0, new Sent(2, 3, status(0, 4)));
    promise(1, 1, 1);
    checker.saw(0, new Sent(1, 2, stopData(1, 1, 0)));
    checker.saw(0, new Sent(1, 2, status(1, 1)));
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
    assertViolation("I12", () -> checker.saw(0, new Sent(3, 1, stopData(2, 3, 0))));
  }

  @Test
  void findsARegencyThatShrinks() {
    stop(1, 5);
    stop(2, 5);
    promise(1, 1, 5);
    assertViolation("I12", () -> promise(1, 2, 4));
    assertViolation("I12", () -> checker.saw(0, new Sent(1, 2, status(4, 4))));
    checker.saw(0, new Sent(1, 2, stopData(5, 1, 0)));
    assertViolation("I12", () -> checker.saw(0, new Sent(1, 2, stopData(4, 1, 0))));
  }

  @Test
  void findsAPromiseForgottenInARestartButNotInALoss() {
    stop(1, 5);
    stop(2, 5);
    promise(1, 1, 5);
    checker.saw(
        0, new Started(1, new StartState(StartState.Kind.INTACT, List.of(new Record.Promised(5)))));
    assertViolation("I12", () -> checker.saw(0, new Sent(1, 2, status(0, 0))));
    checker.saw(0, new Started(1, new StartState(StartState.Kind.LOST, List.of())));
    checker.saw(0, new Sent(1, 2, status(0, 0)));
  }

  private void write(long ticket, long regency) {
    Record wrote =
        new Record.Wrote(1, regency, CheckFixture.batch(1, regency, Digest.ZERO), List.of());
    checker.saw(0, new Persisting(1, ticket, wrote));
  }

  @Test
  void findsAVoteBeforeTheSyncOfItsRegency() {
    write(1, 0);
    assertViolation("I12", () -> write(2, 2));
    Message.Sync sync = new Message.Sync(2, List.of(), List.of(), List.of(), Bytes.EMPTY);
    checker.saw(0, new Received(2, 1, sync));
    write(3, 2);
    checker.saw(0, new Started(1, new StartState(StartState.Kind.INTACT, List.of())));
    assertViolation("I12", () -> write(4, 2));
  }

  @Test
  void countsChangesAfterTheNetworkHasSettled() {
    NeedlessChangeChecker changes = new NeedlessChangeChecker(SECOND, 2);
    changes.saw(0, new Persisting(1, 1, new Record.Promised(1)));
    changes.saw(10, new Healed());
    changes.saw(11, new Persisting(1, 2, new Record.Promised(2)));
    changes.saw(10 + SECOND, new Persisting(1, 3, new Record.Promised(3)));
    changes.saw(11 + SECOND, new Persisting(2, 3, new Record.Promised(3)));
    changes.saw(12 + SECOND, new Persisting(2, 4, new Record.Promised(7)));
    assertViolation(
        "V2", () -> changes.saw(13 + SECOND, new Persisting(2, 5, new Record.Promised(8))));
  }
}
