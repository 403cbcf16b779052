package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.ALICE;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.delivery;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.request;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Ended;
import dev.lockstep.simulator.Sighting.Invoked;
import dev.lockstep.simulator.Sighting.Issued;
import dev.lockstep.simulator.Sighting.Returned;
import dev.lockstep.simulator.Sighting.Started;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultCheckerTest {
  private final ResultChecker checker = new ResultChecker(four(1));
  private long sequence;

  private Request ask(KvOperation operation) {
    sequence++;
    Request request = request(ALICE, 7, sequence, operation);
    checker.saw(0, new Invoked(ALICE, sequence, operation.isRead(), operation.encode()));
    checker.saw(0, new Issued(ALICE, true, request));
    return request;
  }

  private void deliver(int replica, long at, Request... requests) {
    checker.saw(0, new Delivered(replica, delivery(batch(at, 0, Digest.ZERO, requests), requests)));
  }

  private static Bytes number(long value) {
    return new Bytes(new Encoder().i64(value).toByteArray());
  }

  private void answer(long call, long value) {
    checker.saw(0, new Returned(ALICE, call, number(value)));
  }

  @Test
  void acceptsWhatTheReferenceAnswers() {
    deliver(
        1,
        1,
        ask(KvOperation.put(1, 5)),
        ask(KvOperation.add(1, 2)),
        ask(KvOperation.cas(1, 7, 9)),
        ask(KvOperation.cas(1, 7, 11)),
        ask(KvOperation.put(1, 0)));
    deliver(2, 1);
    answer(5, 9);
    answer(1, 0);
    answer(2, 7);
    answer(3, 1);
    answer(4, 0);
    checker.saw(9, new Ended());
  }

  @Test
  void comparesThePaddingToo() {
    deliver(1, 1, ask(KvOperation.put(1, 5).padded(3, 2)));
    assertViolation("I9", () -> answer(1, 0));
  }

  @Test
  void findsAWrongResult() {
    deliver(1, 1, ask(KvOperation.add(1, 5)));
    assertViolation("I9", () -> answer(1, 6));
  }

  @Test
  void findsAnAnswerToWhatWasNeverDelivered() {
    ask(KvOperation.add(1, 5));
    assertViolation("I9", () -> answer(1, 5));
  }

  @Test
  void givesOneExecutionToOneCallOnly() {
    Request first = ask(KvOperation.cas(1, 0, 5));
    Request second = ask(KvOperation.cas(1, 0, 5));
    deliver(1, 1, first, second);
    answer(2, 1);
    assertViolation("I9", () -> answer(1, 1));
  }

  @Test
  void findsAnAcknowledgedOperationThatIsGoneAtTheEnd() {
    Request request = ask(KvOperation.put(1, 5));
    deliver(1, 1, request);
    answer(1, 0);
    checker.saw(1, new Started(1, new StartState(StartState.Kind.INTACT, List.of())));
    assertViolation("I9", () -> checker.saw(9, new Ended()));
    deliver(2, 1, request);
    checker.saw(10, new Ended());
  }
}
