package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.delivery;
import static dev.lockstep.simulator.check.CheckFixture.empty;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.put;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.record.StartState;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogCheckerTest {
  private final LogChecker checker = new LogChecker(four(1));

  private static Delivery with(long instance, Request... requests) {
    return delivery(batch(instance, 0, Digest.ZERO, requests), requests);
  }

  @Test
  void acceptsPrefixesAndADeliveryFromTheStartAfterARestart() {
    checker.delivered(1, 1, with(1, put(1), put(2)));
    checker.delivered(2, 2, with(1, put(1), put(2)));
    checker.delivered(3, 1, with(2, put(3)));
    checker.started(4, 1, new StartState(StartState.Kind.INTACT, List.of()));
    checker.delivered(5, 1, with(1, put(1), put(2)));
    checker.delivered(6, 2, with(2, put(3)));
    checker.delivered(7, 1, with(2, put(3)));
  }

  @Test
  void acceptsBodiesWithDifferentSignatures() {
    checker.delivered(1, 1, with(1, put(1)));
    checker.delivered(2, 2, with(1, put(1).withSignature(new Bytes(new byte[3]))));
  }

  @Test
  void findsAGap() {
    checker.delivered(1, 1, empty(1));
    assertViolation("I2", () -> checker.delivered(2, 1, empty(3)));
  }

  @Test
  void findsARepeatedDelivery() {
    checker.delivered(1, 1, empty(1));
    assertViolation("I2", () -> checker.delivered(2, 1, empty(1)));
  }

  @Test
  void findsDivergence() {
    checker.delivered(1, 1, with(1, put(1)));
    assertViolation("I1", () -> checker.delivered(2, 2, empty(1)));
  }

  @Test
  void findsThatTheWholeGroupForgotADelivery() {
    checker.delivered(1, 1, with(1, put(1)));
    checker.started(2, 1, new StartState(StartState.Kind.LOST, List.of()));
    assertViolation("I1", () -> checker.delivered(3, 1, empty(1)));
  }

  @Test
  void findsARequestThatRunsTwice() {
    checker.delivered(1, 1, with(1, put(1)));
    assertViolation("I2", () -> checker.delivered(2, 1, with(2, put(1))));
  }

  @Test
  void findsARequestOutOfTurn() {
    checker.delivered(1, 1, with(1, put(1)));
    assertViolation("I2", () -> checker.delivered(2, 1, with(2, put(3))));
  }
}
