package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.crash;
import static dev.lockstep.simulator.check.CheckFixture.digest;
import static dev.lockstep.simulator.check.CheckFixture.four;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockCheckerTest {
  private final LockChecker checker = new LockChecker(four(1));
  private final Digest v = digest("v");
  private final Digest w = digest("w");

  private void write(int replica, long regency, Digest digest) {
    checker.sent(0, replica, 3, new Message.Write(1, regency, digest));
  }

  private void accept(int replica, long regency, Digest digest) {
    checker.sent(0, replica, 3, new Message.Accept(1, regency, digest, Bytes.EMPTY));
    checker.sent(0, replica, 2, new Message.Accept(1, regency, digest, Bytes.EMPTY));
  }

  @Test
  void acceptsAnotherValueAfterALoneAccept() {
    write(1, 0, v);
    write(2, 0, v);
    accept(1, 0, v);
    write(1, 1, w);
    write(2, 1, w);
    accept(2, 1, w);
  }

  @Test
  void acceptsTheSameValueInLaterRegencies() {
    accept(1, 0, v);
    accept(2, 0, v);
    write(1, 4, v);
  }

  @Test
  void findsAVoteAgainstWhatMayBeDecidedWithByzantineHelp() {
    accept(1, 0, v);
    accept(2, 0, v);
    assertViolation("I5", () -> write(3, 1, w));
  }

  @Test
  void findsItAlsoWhenTheLastAcceptComesLater() {
    accept(1, 0, v);
    write(3, 1, w);
    assertViolation("I5", () -> accept(2, 0, v));
  }

  @Test
  void comparesAcceptsInCrashMode() {
    LockChecker crash = new LockChecker(crash(1));
    crash.sent(0, 0, 1, new Message.Accept(1, 0, v, Bytes.EMPTY));
    crash.sent(0, 1, 0, new Message.Accept(1, 0, v, Bytes.EMPTY));
    assertViolation("I5", () -> crash.sent(0, 2, 0, new Message.Accept(1, 1, w, Bytes.EMPTY)));
  }

  @Test
  void acceptsRisingLocks() {
    checker.persisting(0, 1, 1, new Record.Locked(1, 0, v));
    checker.persisting(0, 2, 1, new Record.Locked(1, 0, v));
    checker.persisting(0, 1, 2, new Record.Locked(1, 2, w));
    checker.persisting(0, 1, 3, new Record.Locked(2, 1, v));
  }

  @Test
  void findsTwoLocksOfOneRegency() {
    checker.persisting(0, 1, 1, new Record.Locked(1, 0, v));
    assertViolation("I7", () -> checker.persisting(0, 2, 1, new Record.Locked(1, 0, w)));
  }

  @Test
  void findsALockThatGoesBack() {
    checker.persisting(0, 1, 1, new Record.Locked(1, 2, v));
    checker.started(
        0, 1, new StartState(StartState.Kind.INTACT, List.of(new Record.Locked(1, 2, v))));
    assertViolation("I7", () -> checker.persisting(0, 1, 1, new Record.Locked(1, 1, v)));
  }

  @Test
  void takesVotesForLocksInCrashMode() {
    LockChecker crash = new LockChecker(crash(1));
    crash.persisting(0, 1, 1, new Record.Wrote(1, 0, batch(1, 0, v), List.of()));
    Record.Wrote other = new Record.Wrote(1, 0, batch(1, 0, w), List.of());
    assertViolation("I7", () -> crash.persisting(0, 2, 1, other));
  }
}
