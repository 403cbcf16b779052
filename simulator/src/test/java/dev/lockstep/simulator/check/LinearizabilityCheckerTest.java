package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.ALICE;
import static dev.lockstep.simulator.check.CheckFixture.MALLORY;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Ended;
import dev.lockstep.simulator.Sighting.Invoked;
import dev.lockstep.simulator.Sighting.Returned;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {
  private final LinearizabilityChecker checker = new LinearizabilityChecker();

  private void invoke(ClientId client, long call, KvOperation operation) {
    checker.saw(0, new Invoked(client, call, operation.isRead(), operation.encode()));
  }

  private void answer(long call, long value) {
    checker.saw(0, new Returned(ALICE, call, new Bytes(new Encoder().i64(value).toByteArray())));
  }

  private static Delivery log(long instance, KvOperation operation) {
    return CheckFixture.delivery(
        CheckFixture.batch(instance, 0, Digest.ZERO),
        CheckFixture.request(ALICE, 7, instance, operation));
  }

  @Test
  void acceptsAReadThatOverlapsAWriteWithEitherValue() {
    invoke(ALICE, 1, KvOperation.put(1, 5));
    invoke(ALICE, 2, KvOperation.get(1));
    invoke(ALICE, 3, KvOperation.get(1));
    answer(2, 5);
    answer(3, 0);
    answer(1, 0);
    checker.saw(0, new Ended());
  }

  @Test
  void findsAStaleRead() {
    invoke(ALICE, 1, KvOperation.put(1, 5));
    answer(1, 0);
    invoke(ALICE, 2, KvOperation.get(1));
    answer(2, 0);
    assertViolation("LINEARIZABLE", () -> checker.saw(0, new Ended()));
  }

  @Test
  void theOrderOfTheLogDoesNotExcuseAnOperationBeforeItsCall() {
    checker.saw(0, new Delivered(1, log(1, KvOperation.put(1, 5))));
    checker.saw(0, new Delivered(2, log(1, KvOperation.put(1, 5))));
    checker.saw(0, new Delivered(1, log(2, KvOperation.put(1, 6))));
    invoke(ALICE, 2, KvOperation.put(1, 6));
    answer(2, 5);
    invoke(ALICE, 1, KvOperation.put(1, 5));
    answer(1, 0);
    assertViolation("LINEARIZABLE", () -> checker.saw(0, new Ended()));
  }

  @Test
  void findsAReplyOfTheWrongLength() {
    invoke(ALICE, 1, KvOperation.get(1).padded(0, 3));
    assertViolation("LINEARIZABLE", () -> answer(1, 0));
  }

  @Test
  void doesNotJudgeWhatByzantineClientsWrite() {
    long key = KvOperation.FIRST_BYZANTINE_KEY;
    invoke(MALLORY, 1, KvOperation.put(key, 5));
    answer(1, 0);
    invoke(MALLORY, 2, KvOperation.get(key));
    answer(2, 0);
    checker.saw(0, new Ended());
  }
}
