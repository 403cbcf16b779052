package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.certificate;
import static dev.lockstep.simulator.check.CheckFixture.digest;
import static dev.lockstep.simulator.check.CheckFixture.signed;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Sent;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgreementCheckerTest {
  private final AgreementChecker checker = new AgreementChecker();
  private final Batch one = batch(1, 0, Digest.ZERO);
  private final Batch other = batch(1, 1, Digest.ZERO);

  private Record.Decided decided(Batch batch) {
    return new Record.Decided(batch, certificate(1, 0, batch.digest()), List.of());
  }

  @Test
  void acceptsEqualDecisionsWithDifferentCertificates() {
    checker.saw(1, new Persisting(1, 1, decided(one)));
    checker.saw(2, new Persisting(2, 1, decided(one)));
    checker.saw(
        3,
        new Sent(2, 3, new Message.Decision(one, certificate(1, 4, one.digest(), 1), List.of())));
    checker.saw(4, new Persisting(2, 2, decided(batch(2, 0, Digest.ZERO))));
  }

  @Test
  void findsTwoDecisionsInLogs() {
    checker.saw(1, new Persisting(1, 1, decided(one)));
    assertViolation("I1", () -> checker.saw(2, new Persisting(2, 1, decided(other))));
  }

  @Test
  void findsADecisionThatIsOnlySent() {
    checker.saw(1, new Persisting(1, 1, decided(one)));
    Message.Decision sent =
        new Message.Decision(other, certificate(1, 0, other.digest()), List.of());
    assertViolation("I1", () -> checker.saw(2, new Sent(2, 3, sent)));
  }

  @Test
  void findsADecisionAboveAGapInStopData() {
    Testimony core =
        new Testimony(
            1,
            1,
            0,
            0,
            List.of(),
            List.of(new Testimony.Open(1, digest("x"), Testimony.Lock.NONE, List.of())));
    checker.saw(1, new Sent(1, 2, new Message.StopData(signed(core), List.of())));
    assertViolation("I1", () -> checker.saw(2, new Persisting(2, 1, decided(other))));
  }
}
