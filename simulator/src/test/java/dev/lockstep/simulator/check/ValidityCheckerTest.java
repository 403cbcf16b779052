package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.ALICE;
import static dev.lockstep.simulator.check.CheckFixture.MALLORY;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.certificate;
import static dev.lockstep.simulator.check.CheckFixture.delivery;
import static dev.lockstep.simulator.check.CheckFixture.digest;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.header;
import static dev.lockstep.simulator.check.CheckFixture.put;
import static dev.lockstep.simulator.check.CheckFixture.request;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Sighting.Delivered;
import dev.lockstep.simulator.Sighting.Issued;
import dev.lockstep.simulator.Sighting.Persisting;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ValidityCheckerTest {
  private final ValidityChecker checker = new ValidityChecker(four(2));
  private final Batch first = batch(1, 0, Digest.ZERO, put(1));
  private final Batch second = batch(2, 0, Digest.ZERO, put(2));
  private final Digest header1 = header(1, Digest.ZERO, first);
  private final Batch third = batch(3, 0, header1, put(3));

  @BeforeEach
  void issue() {
    for (int i = 1; i <= 9; i++) {
      checker.saw(0, new Issued(ALICE, true, put(i)));
    }
  }

  private static Record.Wrote wrote(long regency, Batch batch, Request... bodies) {
    return new Record.Wrote(batch.instance(), regency, batch, List.of(bodies));
  }

  private static Record.Decided decided(Batch batch) {
    return new Record.Decided(batch, certificate(batch.instance(), 0, batch.digest()), List.of());
  }

  private void decide(int replica, Batch batch, Request... bodies) {
    checker.saw(1, new Persisting(replica, 1, decided(batch)));
    checker.saw(1, new Delivered(replica, delivery(batch, bodies)));
  }

  @Test
  void acceptsAChainOfValidBatches() {
    checker.saw(1, new Persisting(1, 1, wrote(0, first, put(1))));
    decide(1, first, put(1));
    decide(1, second, put(2));
    checker.saw(1, new Persisting(1, 1, wrote(0, third, put(3))));
    decide(1, third, put(3));
    decide(2, first, put(1));
    // A bound value is not fresh: it may repeat what was delivered.
    Digest header2 = header(2, header1, second);
    checker.saw(1, new Persisting(1, 1, wrote(5, batch(4, 3, header2, put(1)))));
    checker.saw(1, new Persisting(1, 1, wrote(5, Batch.noop(0, 4, header2))));
  }

  @Test
  void findsAWrongAncestor() {
    decide(1, first, put(1));
    Batch wrong = batch(3, 0, digest("wrong"), put(3));
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, wrote(0, wrong, put(3)))));
    Batch lateButWrong = batch(2, 0, header1, put(2));
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, decided(lateButWrong))));
  }

  @Test
  void findsAWrongInstanceOrView() {
    Record.Wrote moved = new Record.Wrote(2, 0, first, List.of(put(1)));
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, moved)));
    Batch elsewhere = new Batch(new Batch.Header(1, 1, 5, digest("s"), 0, Digest.ZERO), List.of());
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, decided(elsewhere))));
  }

  @Test
  void findsARequestTwiceInABatch() {
    Batch twice = batch(1, 0, Digest.ZERO, put(1), put(1));
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, wrote(0, twice, put(1)))));
  }

  @Test
  void findsAValueFromALaterRegency() {
    Batch early = batch(1, 2, Digest.ZERO, put(1));
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, wrote(1, early, put(1)))));
  }

  @Test
  void findsForgedRequestsAlreadyWhenTheyAreWritten() {
    Request forged =
        request(ALICE, 7, 1, KvOperation.put(1, 99)).withSignature(new Bytes(new byte[8]));
    Batch batch = batch(1, 0, Digest.ZERO, forged);
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, wrote(0, batch, forged))));
    assertViolation("I3", () -> checker.saw(1, new Delivered(1, delivery(batch, forged))));
  }

  @Test
  void findsAReferenceThatContradictsItsBody() {
    Batch batch = new Batch(first.header(), List.of(new Reference(ALICE, 7, 5, put(1).digest())));
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, wrote(0, batch, put(1)))));
  }

  @Test
  void takesAByzantineClientsSignatureForItsWord() {
    Request signed = request(MALLORY, 8, 1, KvOperation.put(2000, 1));
    Batch batch = batch(1, 0, Digest.ZERO, signed);
    checker.saw(1, new Persisting(1, 1, wrote(0, batch, signed)));
    decide(1, batch, signed);
    Request unsigned = request(MALLORY, 8, 2, KvOperation.put(2000, 1)).withSignature(Bytes.EMPTY);
    checker.saw(2, new Issued(MALLORY, false, unsigned));
    Batch next = batch(2, 0, Digest.ZERO, unsigned);
    assertViolation("I3", () -> checker.saw(3, new Delivered(1, delivery(next, unsigned))));
  }

  @Test
  void findsASessionUsedByTwoClients() {
    decide(1, first, put(1));
    Request foreign = request(MALLORY, 7, 1, KvOperation.put(2000, 1));
    Batch batch = batch(2, 0, Digest.ZERO, foreign);
    assertViolation("I3", () -> checker.saw(1, new Delivered(1, delivery(batch, foreign))));
  }

  @Test
  void findsADeliveryThatIsNotItsBatch() {
    checker.saw(1, new Persisting(1, 1, decided(first)));
    Delivery good = delivery(first, put(1));
    Delivery wrongTime =
        new Delivery(1, 3, good.nonceSeed(), good.regency(), good.leader(), good.commands());
    assertViolation("I3", () -> checker.saw(1, new Delivered(1, wrongTime)));
  }

  @Test
  void findsACommandThatItsBatchDoesNotName() {
    checker.saw(1, new Delivered(1, delivery(first, put(2))));
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, decided(first))));
  }

  private static void assertNotDeliverable(Request request) {
    ValidityChecker fresh = new ValidityChecker(four(2));
    fresh.saw(0, new Issued(ALICE, true, request));
    Delivery delivery = delivery(batch(1, 0, Digest.ZERO, request), request);
    assertViolation("I3", () -> fresh.saw(1, new Delivered(1, delivery)));
  }

  private static Request signed(Request.Kind kind, KvOperation operation) {
    Request unsigned = new Request(kind, ALICE, 7, 1, operation.encode(), Bytes.EMPTY);
    byte[] statement = Statements.request(CheckFixture.CLUSTER, unsigned.digest());
    return unsigned.withSignature(CheckFixture.sign(1000 + ALICE.low(), statement));
  }

  @Test
  void findsAnUnorderedAndAnOversizedCommand() {
    assertNotDeliverable(signed(Request.Kind.UNORDERED, KvOperation.get(1)));
    assertNotDeliverable(signed(Request.Kind.ORDERED, KvOperation.put(1, 1).padded(100_000, 0)));
  }

  @Test
  void findsTooManyBytesInABatch() {
    Request[] large = new Request[12];
    for (int i = 0; i < large.length; i++) {
      large[i] = request(ALICE, 7, i + 1, KvOperation.put(1, i).padded(99_000, 0));
      checker.saw(0, new Issued(ALICE, true, large[i]));
    }
    Delivery delivery = delivery(batch(1, 0, Digest.ZERO, large), large);
    assertViolation("I3", () -> checker.saw(1, new Delivered(1, delivery)));
  }

  @Test
  void findsTooManyRequestsInABatch() {
    Request[] many = new Request[1025];
    for (int i = 0; i < many.length; i++) {
      many[i] = put(i + 1);
    }
    Batch batch = batch(1, 0, Digest.ZERO, many);
    assertViolation("I3", () -> checker.saw(1, new Persisting(1, 1, decided(batch))));
  }

  @Test
  void findsAWrongLeaderAndAWrongName() {
    Delivery good = delivery(first, put(1));
    Delivery wrongLeader =
        new Delivery(1, good.timestampMicros(), good.nonceSeed(), 0, 3, good.commands());
    assertViolation("I3", () -> checker.saw(1, new Delivered(1, wrongLeader)));
    ValidityChecker another = new ValidityChecker(four(2));
    another.saw(0, new Issued(ALICE, true, put(1)));
    Delivery wrongName =
        new Delivery(
            1,
            good.timestampMicros(),
            good.nonceSeed(),
            0,
            0,
            List.of(new Delivery.Command(0, MALLORY, 7, 1, put(1))));
    assertViolation("I3", () -> another.saw(1, new Delivered(1, wrongName)));
  }

  @Test
  void findsAForgedBodyInAFreshValue() {
    Request forged = put(1).withSignature(Bytes.EMPTY);
    // The same request, so nothing is forged: a fetched body needs no signature.
    checker.saw(1, new Persisting(1, 1, wrote(0, first, forged)));
    Request other = request(ALICE, 7, 1, KvOperation.put(1, 99));
    assertViolation("I3", () -> checker.saw(1, new Persisting(2, 1, wrote(0, first, other))));
  }
}
