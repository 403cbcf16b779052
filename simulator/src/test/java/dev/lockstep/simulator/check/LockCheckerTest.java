package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.crash;
import static dev.lockstep.simulator.check.CheckFixture.digest;
import static dev.lockstep.simulator.check.CheckFixture.four;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockCheckerTest {
  private final LockChecker checker = new LockChecker(four(1));
  private final Digest v = digest("v");
  private final Digest w = digest("w");

  private void write(int replica, long regency, Digest digest) {
    checker.saw(0, new Sent(replica, 3, new Message.Write(1, regency, digest)));
  }

  private void accept(int replica, long regency, Digest digest) {
    checker.saw(0, new Sent(replica, 3, new Message.Accept(1, regency, digest, Bytes.EMPTY)));
    checker.saw(0, new Sent(replica, 2, new Message.Accept(1, regency, digest, Bytes.EMPTY)));
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
    crash.saw(0, new Sent(0, 1, new Message.Accept(1, 0, v, Bytes.EMPTY)));
    crash.saw(0, new Sent(1, 0, new Message.Accept(1, 0, v, Bytes.EMPTY)));
    assertViolation(
        "I5", () -> crash.saw(0, new Sent(2, 0, new Message.Accept(1, 1, w, Bytes.EMPTY))));
  }

  @Test
  void acceptsRisingLocks() {
    checker.saw(0, new Persisting(1, 1, new Record.Locked(1, 0, v)));
    checker.saw(0, new Persisting(2, 1, new Record.Locked(1, 0, v)));
    checker.saw(0, new Persisting(1, 2, new Record.Locked(1, 2, w)));
    checker.saw(0, new Persisting(1, 3, new Record.Locked(2, 1, v)));
  }

  @Test
  void findsTwoLocksOfOneRegency() {
    checker.saw(0, new Persisting(1, 1, new Record.Locked(1, 0, v)));
    assertViolation("I7", () -> checker.saw(0, new Persisting(2, 1, new Record.Locked(1, 0, w))));
  }

  @Test
  void findsALockThatGoesBack() {
    checker.saw(0, new Persisting(1, 1, new Record.Locked(1, 2, v)));
    checker.saw(
        0,
        new Started(
            1, new StartState(StartState.Kind.INTACT, List.of(new Record.Locked(1, 2, v)))));
    assertViolation("I7", () -> checker.saw(0, new Persisting(1, 1, new Record.Locked(1, 1, v))));
  }

  @Test
  void takesVotesForLocksInCrashMode() {
    LockChecker crash = new LockChecker(crash(1));
    crash.saw(0, new Persisting(1, 1, new Record.Wrote(1, 0, batch(1, 0, v), List.of())));
    Record.Wrote other = new Record.Wrote(1, 0, batch(1, 0, w), List.of());
    assertViolation("I7", () -> crash.saw(0, new Persisting(2, 1, other)));
  }
}
