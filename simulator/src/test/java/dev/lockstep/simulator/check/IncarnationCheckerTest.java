package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.signed;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Sighting.Persisted;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Received;
import dev.lockstep.simulator.Sighting.Sent;
import dev.lockstep.simulator.Sighting.Started;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replicas 1, 2, 3 are correct; 3 lost its votes. */
class IncarnationCheckerTest {
  private final IncarnationChecker checker = new IncarnationChecker(four(1));

  private static Claim claim(int replica, long incarnation) {
    return new Claim(replica, incarnation, Bytes.EMPTY);
  }

  private static Message.RecoverReply answer(long incarnation, long promised, Claim... others) {
    return new Message.RecoverReply(
        1, incarnation, Bytes.EMPTY, 0, promised, 0, null, List.of(others));
  }

  private void persist(int replica, long ticket, Record record) {
    checker.saw(0, new Persisting(replica, ticket, record));
    checker.saw(0, new Persisted(replica, ticket));
  }

  private void acknowledge(int replica, long promised) {
    persist(replica, 1, new Record.Incarnation(3, 1, Bytes.EMPTY));
    checker.saw(0, new Sent(replica, 3, answer(1, promised)));
  }

  private void start(int replica, StartState.Kind kind) {
    checker.saw(0, new Started(replica, new StartState(kind, List.of())));
  }

  private void hear(int from, int to, Message.ReplicaMessage message) {
    checker.saw(0, new Received(from, to, message));
  }

  private static Message.StopData stating(int replica, long regency, Claim... acknowledged) {
    return new Message.StopData(signed(entry(replica, regency, acknowledged)), List.of());
  }

  private static Testimony entry(int replica, long regency, Claim... acknowledged) {
    return new Testimony(regency, replica, 0, 0, List.of(), List.of(), List.of(acknowledged));
  }

  private static Message.Sync sync(Testimony... entries) {
    List<Message.SignedTestimony> signed = List.of(entries).stream().map(e -> signed(e)).toList();
    return new Message.Sync(1, signed, List.of(), List.of(), Bytes.EMPTY);
  }

  @Test
  void findsAnAnswerBeforeItIsDurable() {
    checker.saw(0, new Persisting(1, 1, new Record.Incarnation(3, 1, Bytes.EMPTY)));
    assertViolation("I14", () -> checker.saw(0, new Sent(1, 3, answer(1, 0))));
    checker.saw(0, new Persisted(1, 1));
    checker.saw(0, new Sent(1, 3, answer(1, 0)));
  }

  @Test
  void findsAnAnswerThatNamesLessThanItMust() {
    acknowledge(1, 0);
    assertViolation("I14", () -> checker.saw(0, new Sent(1, 2, answer(0, 0))));
    checker.saw(0, new Sent(1, 2, answer(0, 0, claim(3, 1))));
    persist(1, 2, new Record.Promised(4));
    assertViolation("I14", () -> checker.saw(0, new Sent(1, 2, answer(0, 3, claim(3, 1)))));
  }

  @Test
  void findsWhoConcludesTooEarly() {
    start(3, StartState.Kind.LOST);
    hear(0, 3, answer(1, 0));
    hear(1, 3, answer(1, 2));
    assertViolation("I14", () -> persist(3, 1, new Record.Muted(1, 2)));
    hear(2, 3, answer(1, 0));
    assertViolation("I14", () -> persist(3, 2, new Record.Muted(1, 2)));
    hear(2, 3, new Message.Sync(2, List.of(), List.of(), List.of(), Bytes.EMPTY));
    persist(3, 3, new Record.Muted(1, 2));
  }

  @Test
  void findsAStopDataThatConcealsALoss() {
    acknowledge(1, 1);
    // It was made before the answer, which names its regency.
    checker.saw(0, new Sent(1, 2, stating(1, 1)));
    assertViolation("I14", () -> checker.saw(0, new Sent(1, 2, stating(1, 2))));
    checker.saw(0, new Sent(1, 2, stating(1, 2, claim(3, 1))));
  }

  @Test
  void findsALossThatWasForgottenWithTheVotes() {
    start(3, StartState.Kind.LOST);
    for (int from = 0; from < 3; from++) {
      hear(from, 3, answer(1, 0));
    }
    persist(3, 1, new Record.Muted(1, 2));
    start(2, StartState.Kind.LOST);
    assertViolation("I14", () -> checker.saw(0, new Sent(2, 1, stating(2, 1))));
    checker.saw(0, new Sent(2, 1, stating(2, 1, claim(3, 1))));
  }

  @Test
  void findsASyncWithAForgottenWord() {
    checker.saw(0, new Sent(1, 2, sync(entry(1, 1), entry(2, 1), entry(3, 1))));
    assertViolation(
        "I14",
        () ->
            checker.saw(
                0, new Sent(1, 2, sync(entry(1, 1, claim(3, 1)), entry(2, 1), entry(3, 1)))));
  }
}
