package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.CLUSTER;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static dev.lockstep.simulator.check.CheckFixture.batch;
import static dev.lockstep.simulator.check.CheckFixture.certificate;
import static dev.lockstep.simulator.check.CheckFixture.context;
import static dev.lockstep.simulator.check.CheckFixture.crash;
import static dev.lockstep.simulator.check.CheckFixture.digest;
import static dev.lockstep.simulator.check.CheckFixture.four;
import static dev.lockstep.simulator.check.CheckFixture.sign;
import static dev.lockstep.simulator.check.CheckFixture.signed;
import static dev.lockstep.simulator.check.CheckFixture.view;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Sighting.Persisting;
import dev.lockstep.simulator.Sighting.Sent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertificateCheckerTest {
  private final CertificateChecker checker = new CertificateChecker(four(1));
  private final Batch batch = batch(5, 0, Digest.ZERO);

  private void decide(CertificateChecker checker, Certificate certificate) {
    checker.saw(1, new Persisting(1, 1, new Record.Decided(batch, certificate, List.of())));
  }

  @Test
  void acceptsAQuorumOfGoodSignatures() {
    Certificate good = certificate(5, 3, batch.digest(), 0, 2, 3);
    decide(checker, good);
    checker.saw(1, new Sent(1, 2, new Message.Decision(batch, good, List.of())));
    checker.saw(1, new Sent(1, 2, recoverReply(5, good)));
    checker.saw(1, new Sent(1, 2, recoverReply(0, null)));
  }

  @Test
  void findsTooFewVotes() {
    assertViolation("I6", () -> decide(checker, certificate(5, 3, batch.digest(), 0, 2)));
  }

  @Test
  void findsThreeOfSix() {
    CertificateChecker six =
        new CertificateChecker(context(view(View.Mode.BYZANTINE, 1, 1, 1, 1, 1, 1, 1, 1), 0));
    decide(six, certificate(5, 3, batch.digest(), 0, 2, 3, 4));
    assertViolation("I6", () -> decide(six, certificate(5, 3, batch.digest(), 0, 2, 3)));
  }

  @Test
  void weighsVotes() {
    CertificateChecker weighted =
        new CertificateChecker(context(view(View.Mode.BYZANTINE, 1, 1, 2, 2, 1, 1, 1), 0));
    decide(weighted, certificate(5, 3, batch.digest(), 0, 1, 4));
    assertViolation("I6", () -> decide(weighted, certificate(5, 3, batch.digest(), 1, 2, 3)));
  }

  @Test
  void findsARepeatedVoterAndAStranger() {
    assertViolation("I6", () -> decide(checker, certificate(5, 3, batch.digest(), 0, 2, 2)));
    assertViolation("I6", () -> decide(checker, certificate(5, 3, batch.digest(), 0, 2, 9)));
  }

  @Test
  void findsVotesForAnotherRegency() {
    List<Certificate.Vote> mixed = new ArrayList<>(certificate(5, 3, batch.digest(), 0, 2).votes());
    mixed.addAll(certificate(5, 2, batch.digest(), 3).votes());
    assertViolation("I6", () -> decide(checker, new Certificate(5, 3, batch.digest(), mixed)));
  }

  @Test
  void findsACertificateForSomethingElse() {
    assertViolation("I6", () -> decide(checker, certificate(4, 3, batch.digest(), 0, 2, 3)));
    assertViolation("I6", () -> decide(checker, certificate(5, 3, digest("x"), 0, 2, 3)));
    assertViolation("I6", () -> decide(checker, null));
    Certificate good = certificate(5, 3, batch.digest(), 0, 2, 3);
    assertViolation("I6", () -> checker.saw(1, new Sent(1, 2, recoverReply(6, good))));
  }

  @Test
  void asksForNoVotesInCrashMode() {
    CertificateChecker crash = new CertificateChecker(crash(1));
    decide(crash, certificate(5, 3, batch.digest()));
    assertViolation("I6", () -> decide(crash, certificate(5, 3, digest("x"))));
  }

  private static Testimony core(int replica) {
    return new Testimony(
        2, replica, 0, 5, List.of(new Testimony.Decided(5, digest("five"))), List.of());
  }

  private final Certificate five = certificate(5, 1, digest("five"), 0, 1, 2);

  @Test
  void wantsEveryClaimOfAStopDataProved() {
    checker.saw(1, new Sent(1, 2, new Message.StopData(signed(core(1)), List.of(five))));
    assertViolation(
        "I6",
        () -> checker.saw(1, new Sent(1, 2, new Message.StopData(signed(core(1)), List.of()))));
    Testimony incomplete = new Testimony(2, 1, 0, 5, List.of(), List.of());
    assertViolation(
        "I6",
        () ->
            checker.saw(
                1, new Sent(1, 2, new Message.StopData(signed(incomplete), List.of(five)))));
  }

  private static Message.Sync sync(Certificate certificate, Message.SignedTestimony... entries) {
    Bytes signature = sign(2, Statements.sync(CLUSTER, 2, 2, List.of(entries)));
    return new Message.Sync(2, List.of(entries), List.of(certificate), List.of(), signature);
  }

  @Test
  void wantsASyncWithAQuorumOfGoodEntries() {
    checker.saw(1, new Sent(2, 1, sync(five, signed(core(0)), signed(core(1)), signed(core(2)))));
    Message.Sync small = sync(five, signed(core(0)), signed(core(1)));
    assertViolation("I6", () -> checker.saw(1, new Sent(2, 1, small)));
    Message.Sync repeated = sync(five, signed(core(0)), signed(core(1)), signed(core(1)));
    assertViolation("I6", () -> checker.saw(1, new Sent(2, 1, repeated)));
    Message.SignedTestimony bad = new Message.SignedTestimony(core(3), Bytes.EMPTY);
    Message.Sync forged = sync(five, signed(core(0)), signed(core(1)), bad);
    assertViolation("I6", () -> checker.saw(1, new Sent(2, 1, forged)));
  }

  private void assertBadStopData(Testimony core) {
    Message.StopData message = new Message.StopData(signed(core), List.of(five));
    assertViolation("I6", () -> checker.saw(1, new Sent(1, 2, message)));
  }

  @Test
  void findsAStopDataThatIsMisshapen() {
    List<Testimony.Decided> prefix = List.of(new Testimony.Decided(5, digest("five")));
    assertBadStopData(core(2));
    assertBadStopData(
        new Testimony(2, 1, 0, 6, List.of(new Testimony.Decided(5, digest("five"))), List.of()));
    for (long outside : new long[] {5, 7}) {
      Testimony.Open open = new Testimony.Open(outside, null, Testimony.Lock.NONE, List.of());
      assertBadStopData(new Testimony(2, 1, 0, 5, prefix, List.of(open)));
    }
    Testimony.Open unproved = new Testimony.Open(6, digest("six"), Testimony.Lock.NONE, List.of());
    assertBadStopData(new Testimony(2, 1, 0, 5, prefix, List.of(unproved)));
  }

  @Test
  void findsASyncOfAnotherRegencyOrLeader() {
    Message.SignedTestimony[] good = {signed(core(0)), signed(core(1)), signed(core(2))};
    Message.Sync honest = sync(five, good);
    Message.Sync stale =
        new Message.Sync(3, honest.entries(), honest.certificates(), List.of(), honest.signature());
    assertViolation("I6", () -> checker.saw(1, new Sent(2, 1, stale)));
    Bytes stolen = sign(1, Statements.sync(CLUSTER, 2, 2, honest.entries()));
    Message.Sync unsigned =
        new Message.Sync(2, honest.entries(), honest.certificates(), List.of(), stolen);
    assertViolation("I6", () -> checker.saw(1, new Sent(2, 1, unsigned)));
    Message.Sync strange = sync(five, good[0], good[1], good[2], signed(core(9)));
    assertViolation("I6", () -> checker.saw(1, new Sent(2, 1, strange)));
  }

  @Test
  void findsARecoveryAnswerWithoutProof() {
    assertViolation("I6", () -> checker.saw(1, new Sent(1, 2, recoverReply(6, null))));
  }

  private static Message.RecoverReply recoverReply(long delivered, Certificate certificate) {
    return new Message.RecoverReply(1, 0, Bytes.EMPTY, 0, 0, delivered, certificate, List.of());
  }
}
