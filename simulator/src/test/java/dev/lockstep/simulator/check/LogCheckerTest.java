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
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Started;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogCheckerTest {
  private final LogChecker checker = new LogChecker(four(1));

  private static Delivery with(long instance, Request... requests) {
    return delivery(batch(instance, 0, Digest.ZERO, requests), requests);
  }

  @Test
  void acceptsPrefixesAndADeliveryFromTheStartAfterARestart() {
    checker.saw(1, new Delivered(1, with(1, put(1), put(2))));
    checker.saw(2, new Delivered(2, with(1, put(1), put(2))));
    checker.saw(3, new Delivered(1, with(2, put(3))));
    checker.saw(4, new Started(1, new StartState(StartState.Kind.INTACT, List.of())));
    checker.saw(5, new Delivered(1, with(1, put(1), put(2))));
    checker.saw(6, new Delivered(2, with(2, put(3))));
    checker.saw(7, new Delivered(1, with(2, put(3))));
  }

  @Test
  void acceptsBodiesWithDifferentSignatures() {
    checker.saw(1, new Delivered(1, with(1, put(1))));
    checker.saw(2, new Delivered(2, with(1, put(1).withSignature(new Bytes(new byte[3])))));
  }

  @Test
  void findsAGap() {
    checker.saw(1, new Delivered(1, empty(1)));
    assertViolation("I2", () -> checker.saw(2, new Delivered(1, empty(3))));
  }

  @Test
  void findsARepeatedDelivery() {
    checker.saw(1, new Delivered(1, empty(1)));
    assertViolation("I2", () -> checker.saw(2, new Delivered(1, empty(1))));
  }

  @Test
  void findsDivergence() {
    checker.saw(1, new Delivered(1, with(1, put(1))));
    assertViolation("I1", () -> checker.saw(2, new Delivered(2, empty(1))));
  }

  @Test
  void findsThatTheWholeGroupForgotADelivery() {
    checker.saw(1, new Delivered(1, with(1, put(1))));
    checker.saw(2, new Started(1, new StartState(StartState.Kind.LOST, List.of())));
    assertViolation("I1", () -> checker.saw(3, new Delivered(1, empty(1))));
  }

  @Test
  void findsARequestThatRunsTwice() {
    checker.saw(1, new Delivered(1, with(1, put(1))));
    assertViolation("I2", () -> checker.saw(2, new Delivered(1, with(2, put(1)))));
  }

  @Test
  void findsARequestOutOfTurn() {
    checker.saw(1, new Delivered(1, with(1, put(1))));
    assertViolation("I2", () -> checker.saw(2, new Delivered(1, with(2, put(3)))));
  }
}
