package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.crash;
import static dev.lockstep.simulator.check.CheckFixture.digest;
import static dev.lockstep.simulator.check.CheckFixture.empty;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.stopData;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Sighting.Crashed;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Persisted;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Received;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What replica 1 may send, in a group with a window of 2. */
class VoteCheckerTest {
  private VoteChecker checker = new VoteChecker(four(2));
  private long ticket;

  private static Batch value(long instance, long regency) {
    return batch(instance, regency, Digest.ZERO);
  }

  private static Digest digestOf(long instance, long regency) {
    return value(instance, regency).digest();
  }

  private static Record.Wrote wrote(long instance, long regency) {
    return new Record.Wrote(instance, regency, value(instance, regency), List.of());
  }

  private void hand(Record record) {
    checker.saw(0, new Persisting(1, ++ticket, record));
  }

  private void persist(Record record) {
    hand(record);
    checker.saw(0, new Persisted(1, ticket));
  }

  private void send(Message.ReplicaMessage message) {
    checker.saw(0, new Sent(1, 2, message));
    checker.saw(0, new Sent(1, 3, message));
  }

  private void write(long instance, long regency) {
    send(new Message.Write(instance, regency, digestOf(instance, regency)));
  }

  private void accept(long instance, long regency) {
    send(new Message.Accept(instance, regency, digestOf(instance, regency), Bytes.EMPTY));
  }

  private void receive(int from, long instance, long regency) {
    checker.saw(
        0,
        new Received(from, 1, new Message.Write(instance, regency, digestOf(instance, regency))));
  }

  private void restart(StartState.Kind kind, Record... records) {
    checker.saw(0, new Crashed(1));
    checker.saw(0, new Started(1, new StartState(kind, List.of(records))));
    ticket = 0;
  }

  private void deliver(long upTo) {
    for (long t = 1; t <= upTo; t++) {
      checker.saw(0, new Delivered(1, empty(t)));
    }
  }

  /** WRITE and ACCEPT as they should be. */
  private void vote(long instance, long regency) {
    persist(wrote(instance, regency));
    write(instance, regency);
    receive(2, instance, regency);
    receive(3, instance, regency);
    persist(new Record.Locked(instance, regency, digestOf(instance, regency)));
    accept(instance, regency);
  }

  @Test
  void acceptsTheNormalPhase() {
    vote(1, 0);
    vote(2, 0);
    deliver(1);
    vote(3, 0);
    // Sending an old vote again is in order.
    accept(1, 0);
    write(1, 0);
  }

  @Test
  void findsASecondWrite() {
    vote(1, 0);
    assertViolation("I4", () -> send(new Message.Write(1, 0, digest("other"))));
  }

  @Test
  void findsASecondAccept() {
    vote(1, 0);
    assertViolation("I4", () -> send(new Message.Accept(1, 0, digest("other"), Bytes.EMPTY)));
  }

  @Test
  void findsAWriteBeforeItsRecordIsPersisted() {
    hand(wrote(1, 0));
    assertViolation("I4", () -> write(1, 0));
  }

  @Test
  void findsAnAcceptBeforeItsLockIsPersisted() {
    persist(wrote(1, 0));
    receive(2, 1, 0);
    receive(3, 1, 0);
    hand(new Record.Locked(1, 0, digestOf(1, 0)));
    assertViolation("I4", () -> accept(1, 0));
  }

  @Test
  void findsAnAcceptWithoutAQuorumOfWrites() {
    persist(wrote(1, 0));
    receive(2, 1, 0);
    receive(2, 1, 0);
    // For another regency: does not count.
    checker.saw(0, new Received(3, 1, new Message.Write(1, 1, digestOf(1, 0))));
    // For another digest: does not count.
    checker.saw(0, new Received(0, 1, new Message.Write(1, 0, digest("other"))));
    persist(new Record.Locked(1, 0, digestOf(1, 0)));
    assertViolation("I4", () -> accept(1, 0));
  }

  @Test
  void countsAWriteAfterAnotherDigestWasReceivedFirst() {
    checker.saw(0, new Received(0, 1, new Message.Write(1, 0, digest("other"))));
    vote(1, 0);
  }

  @Test
  void findsThatAnOwnUnsyncedVoteWasCounted() {
    receive(2, 1, 0);
    receive(3, 1, 0);
    hand(wrote(1, 0));
    checker.saw(0, new Persisting(1, 2, new Record.Locked(1, 0, digestOf(1, 0))));
    assertViolation("I4", () -> accept(1, 0));
  }

  @Test
  void findsAVoteOutsideTheWindow() {
    deliver(1);
    assertViolation("I4", () -> hand(wrote(4, 0)));
    assertViolation("I4", () -> hand(wrote(1, 0)));
    assertViolation("I4", () -> write(4, 0));
  }

  @Test
  void findsAVoteInARegencyBelowThePromise() {
    persist(wrote(1, 0));
    hand(new Record.Promised(1));
    assertViolation("I4", () -> write(1, 0));
    assertViolation("I4", () -> hand(wrote(2, 0)));
    assertViolation("I4", () -> send(new Message.Propose(2, 0, value(2, 0), List.of())));
  }

  @Test
  void findsAProposalOfAnotherThanTheLeader() {
    send(new Message.Propose(1, 1, value(1, 1), List.of()));
    assertViolation("I4", () -> send(new Message.Propose(1, 2, value(1, 2), List.of())));
  }

  @Test
  void findsAnAcceptWithoutPersistedWriteInCrashMode() {
    checker = new VoteChecker(crash(2));
    hand(wrote(1, 0));
    assertViolation("I4", () -> accept(1, 0));
    checker.saw(0, new Persisted(1, ticket));
    accept(1, 0);
  }

  @Nested
  class AcrossRestarts {
    @Test
    void acceptsTheSameVoteAgainAndWritesReceivedBefore() {
      persist(wrote(1, 0));
      write(1, 0);
      receive(2, 1, 0);
      receive(3, 1, 0);
      persist(new Record.Locked(1, 0, digestOf(1, 0)));
      restart(StartState.Kind.INTACT, wrote(1, 0), new Record.Locked(1, 0, digestOf(1, 0)));
      write(1, 0);
      accept(1, 0);
    }

    @Test
    void findsThatVotesWereForgotten() {
      persist(wrote(1, 0));
      write(1, 0);
      restart(StartState.Kind.INTACT, wrote(1, 0));
      hand(new Record.Wrote(1, 0, value(1, 5), List.of()));
      assertViolation("I4", () -> checker.saw(0, new Persisted(1, ticket)));
      assertViolation("I4", () -> send(new Message.Write(1, 0, digestOf(1, 5))));
    }

    @Test
    void acceptsAnotherVoteWhenTheFirstNeverReachedTheDisk() {
      hand(wrote(1, 0));
      restart(StartState.Kind.INTACT);
      persist(new Record.Wrote(1, 0, value(1, 5), List.of()));
      send(new Message.Write(1, 0, digestOf(1, 5)));
    }

    @Test
    void findsThatAPromiseWasForgotten() {
      persist(new Record.Promised(3));
      restart(StartState.Kind.INTACT, new Record.Promised(3));
      assertViolation("I4", () -> hand(wrote(1, 2)));
    }

    @Test
    void findsAVoteWhileTheLogIsShorterThanTheVotes() {
      deliver(3);
      vote(4, 0);
      restart(
          StartState.Kind.INTACT,
          wrote(4, 0),
          new Record.Locked(4, 0, digestOf(4, 0)),
          new Record.Promised(1));
      deliver(1);
      assertViolation("I4", () -> send(stopData(1, 1, 1)));
      hand(wrote(2, 1));
      checker.saw(0, new Persisted(1, ticket));
      assertViolation("I4", () -> write(2, 1));
    }

    @Test
    void findsAVoteOfALearner() {
      vote(1, 0);
      restart(StartState.Kind.LOST);
      assertViolation("I4", () -> write(1, 0));
      persist(new Record.Muted(1, 2));
      assertViolation("I4", () -> write(1, 0));
      persist(wrote(2, 0));
      assertViolation("I4", () -> write(2, 0));
      deliver(2);
      vote(3, 0);
    }

    @Test
    void findsAStopDataOfALearner() {
      restart(StartState.Kind.LOST);
      persist(new Record.Muted(1, 2));
      persist(new Record.Promised(1));
      deliver(1);
      assertViolation("I4", () -> send(stopData(1, 1, 1)));
      checker.saw(0, new Delivered(1, empty(2)));
      send(stopData(1, 1, 2));
    }

    @Test
    void keepsALearnerMuteThatIsKilledBeforeItKnowsHowLong() {
      restart(StartState.Kind.LOST);
      hand(new Record.Muted(1, 2));
      restart(StartState.Kind.INTACT);
      persist(wrote(1, 0));
      assertViolation("I4", () -> write(1, 0));
    }
  }

  @Nested
  class StopDatas {
    private Testimony.Open open(long instance, Testimony.Lock lock, Testimony.Written... writes) {
      return new Testimony.Open(instance, null, lock, List.of(writes));
    }

    private final Testimony.Lock lock = new Testimony.Lock(0, digestOf(1, 0));
    private final Testimony.Written written = new Testimony.Written(0, digestOf(1, 0));

    @Test
    void acceptsTheTruth() {
      vote(1, 0);
      persist(new Record.Promised(1));
      send(stopData(1, 1, 0, open(1, lock, written)));
      Testimony.Open decided =
          new Testimony.Open(1, digestOf(1, 0), Testimony.Lock.NONE, List.of());
      send(stopData(1, 1, 0, decided));
    }

    @Test
    void findsOneBeforeThePromiseIsPersisted() {
      hand(new Record.Promised(1));
      assertViolation("I4", () -> send(stopData(1, 1, 0)));
    }

    @Test
    void findsOneBelowThePromise() {
      persist(new Record.Promised(2));
      assertViolation("I4", () -> send(stopData(1, 1, 0)));
    }

    @Test
    void findsAConcealedVote() {
      vote(1, 0);
      persist(new Record.Promised(1));
      assertViolation("I4", () -> send(stopData(1, 1, 0)));
      assertViolation("I4", () -> send(stopData(1, 1, 0, open(1, Testimony.Lock.NONE, written))));
      assertViolation("I4", () -> send(stopData(1, 1, 0, open(1, lock))));
    }

    @Test
    void findsAPrefixThatWasNotDelivered() {
      persist(new Record.Promised(1));
      assertViolation("I4", () -> send(stopData(1, 1, 1)));
    }
  }
}
