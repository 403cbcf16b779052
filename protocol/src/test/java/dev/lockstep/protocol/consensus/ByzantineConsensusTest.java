package dev.lockstep.protocol.consensus;

import static dev.lockstep.protocol.consensus.RecordingHost.batch;
import static dev.lockstep.protocol.consensus.RecordingHost.signature;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.message.Testimony.Written;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replica 0 of four, instance 1; RULES 20 to 25. */
class ByzantineConsensusTest {
  private static final Batch V = batch(1, 1);
  private static final Batch W = batch(1, 2);
  private static final Digest DV = V.digest();
  private static final Digest DW = W.digest();

  private final RecordingHost host = new RecordingHost();
  private Consensus consensus = consensus(Views.byzantine(4, 1, 1));

  private Consensus consensus(View view) {
    return new ByzantineConsensus(1, 0, Views.quorums(view), VotingRule.STANDARD, host);
  }

  private void voteAndSave(long regency, Batch batch) {
    consensus.vote(regency, batch);
    host.save();
  }

  private void accept(int member, long regency, Digest digest) {
    Bytes signature = signature(member, regency, digest);
    consensus.stop(regency);
    consensus.onAccept(member, regency, digest, signature);
    consensus.onVerified(member, regency, digest, signature, true);
  }

  private void lockIn(long regency, Batch batch) {
    voteAndSave(regency, batch);
    consensus.onWrite(1, regency, batch.digest());
    consensus.onWrite(2, regency, batch.digest());
  }

  // ---- records come first -------------------------------------------------------------------

  @Test
  void theWriteLeavesOnlyWhenItsRecordIsDurable() {
    consensus.vote(0, V);
    assertThat(host.take()).containsExactly("sign 0 " + DV, "persist wrote 0 " + DV);

    host.save();
    assertThat(host.take()).containsExactly("WRITE 0 " + DV);
  }

  /** F5: nor does it count here before. */
  @Test
  void theOwnWriteCountsOnlyWhenItsRecordIsDurable() {
    consensus.vote(0, V);
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 0, DV);
    assertThat(host.take()).doesNotContain("persist lock 0 " + DV);

    host.save();
    assertThat(host.take()).containsExactly("WRITE 0 " + DV, "persist lock 0 " + DV);
  }

  @Test
  void theAcceptWaitsForLockAndSignature() {
    lockIn(0, V);
    host.take();
    host.save();
    assertThat(host.take()).isEmpty();

    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(host.take()).containsExactly("ACCEPT 0 " + DV);
  }

  @Test
  void theAcceptWaitsForTheLocksRecordWhenTheSignatureIsFirst() {
    consensus.vote(0, V);
    consensus.onSigned(0, DV, signature(0, 0, DV));
    host.save();
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 0, DV);
    assertThat(host.take()).doesNotContain("ACCEPT 0 " + DV);

    host.save();
    assertThat(host.take()).containsExactly("ACCEPT 0 " + DV);
  }

  /** F5: nor does the own ACCEPT count before. */
  @Test
  void theOwnAcceptCountsOnlyWhenItIsSent() {
    lockIn(0, V);
    accept(1, 0, DV);
    accept(2, 0, DV);
    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(consensus.decision()).isNull();

    host.save();
    assertThat(consensus.decision()).isNotNull();
  }

  @Test
  void acceptsOnce() {
    lockIn(0, V);
    host.save();
    consensus.onSigned(0, DV, signature(0, 0, DV));
    host.take();

    consensus.onWrite(3, 0, DV);
    consensus.onSigned(0, DV, signature(0, 0, DV));
    consensus.review(0);
    assertThat(host.take()).isEmpty();
  }

  @Test
  void aSignatureOfSomethingElseIsOfNoUse() {
    lockIn(0, V);
    host.save();
    host.take();

    consensus.onSigned(0, DW, signature(0, 0, DW));
    consensus.onSigned(1, DV, signature(0, 1, DV));
    assertThat(host.take()).isEmpty();
  }

  // ---- locks --------------------------------------------------------------------------------

  @Test
  void locksOnAQuorumOfEqualDigestsOnly() {
    voteAndSave(0, V);
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 0, DW);
    consensus.onWrite(3, 0, DW);
    assertThat(consensus.state().lock()).isEqualTo(Lock.NONE);
  }

  @Test
  void doesNotCountWritesOfDifferentRegenciesTogether() {
    voteAndSave(0, V);
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 1, DV);
    consensus.onWrite(3, 1, DV);
    assertThat(consensus.state().lock()).isEqualTo(Lock.NONE);
  }

  /** E1: it locks what the others wrote although it has not seen it itself. */
  @Test
  void locksAndAcceptsWithoutHavingVoted() {
    for (int member = 1; member < 4; member++) {
      consensus.onWrite(member, 0, DV);
    }
    assertThat(host.take()).containsExactly("sign 0 " + DV, "persist lock 0 " + DV);
    assertThat(consensus.state().lock()).isEqualTo(new Lock(0, DV));
    assertThat(consensus.state().writeSet()).isEmpty();

    host.save();
    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(host.take()).containsExactly("ACCEPT 0 " + DV);
  }

  /** It wrote v, the others wrote w: its lock is w, and what it signs is w. */
  @Test
  void locksTheQuorumsValueNotItsOwn() {
    voteAndSave(0, V);
    host.take();
    for (int member = 1; member < 4; member++) {
      consensus.onWrite(member, 0, DW);
    }
    assertThat(host.take()).containsExactly("sign 0 " + DW, "persist lock 0 " + DW);
    host.save();
    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(host.take()).isEmpty();
    consensus.onSigned(0, DW, signature(0, 0, DW));
    assertThat(host.take()).containsExactly("ACCEPT 0 " + DW);
    assertThat(consensus.state())
        .isEqualTo(new Testimony.Open(1, null, new Lock(0, DW), List.of(new Written(0, DV))));
  }

  @Test
  void neverLocksBackwards() {
    lockIn(2, V);
    for (int member = 1; member < 4; member++) {
      consensus.onWrite(member, 1, DW);
    }
    consensus.review(1);
    assertThat(consensus.state().lock()).isEqualTo(new Lock(2, DV));
  }

  @Test
  void weightsAreCounted() {
    consensus = consensus(Views.weighted(View.Mode.BYZANTINE, 1, 1, 2, 2, 1, 1));
    voteAndSave(0, V);
    consensus.onWrite(3, 0, DV);
    consensus.onWrite(4, 0, DV);
    assertThat(consensus.state().lock()).isEqualTo(Lock.NONE);
    consensus.onWrite(1, 0, DV);
    assertThat(consensus.state().lock()).isEqualTo(new Lock(0, DV));
  }

  // ---- leave to vote ------------------------------------------------------------------------

  @Test
  void holdsBackWhileItMayNotVoteAndCatchesUpAtReview() {
    host.mayVote = false;
    for (int member = 1; member < 4; member++) {
      consensus.onWrite(member, 0, DV);
    }
    assertThat(host.take()).isEmpty();
    assertThat(consensus.state()).isNull();

    host.mayVote = true;
    consensus.review(0);
    assertThat(host.take()).containsExactly("sign 0 " + DV, "persist lock 0 " + DV);
  }

  @Test
  void holdsBackAnAcceptToo() {
    lockIn(0, V);
    host.mayVote = false;
    host.save();
    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(host.take()).doesNotContain("ACCEPT 0 " + DV);

    host.mayVote = true;
    consensus.review(0);
    assertThat(host.take()).containsExactly("ACCEPT 0 " + DV);
  }

  // ---- stop ---------------------------------------------------------------------------------

  @Test
  void noWriteLeavesAfterStop() {
    consensus.vote(0, V);
    consensus.stop(1);
    host.take();
    host.save();
    assertThat(host.take()).isEmpty();
  }

  @Test
  void noLockAndNoAcceptAfterStop() {
    voteAndSave(0, V);
    consensus.onWrite(1, 0, DV);
    consensus.stop(1);
    consensus.onWrite(2, 0, DV);
    consensus.review(0);
    assertThat(consensus.state().lock()).isEqualTo(Lock.NONE);
  }

  @Test
  void anAcceptThatWasUnderWayDoesNotLeaveAfterStop() {
    lockIn(0, V);
    consensus.stop(1);
    host.take();
    host.save();
    consensus.onSigned(0, DV, signature(0, 0, DV));
    consensus.review(0);
    assertThat(host.take()).isEmpty();
    // But STOPDATA speaks of the lock.
    assertThat(consensus.state().lock()).isEqualTo(new Lock(0, DV));
  }

  @Test
  void stopIsNeverTakenBack() {
    consensus.stop(2);
    consensus.stop(1);
    consensus.vote(1, V);
    host.take();
    host.save();
    assertThat(host.take()).isEmpty();
  }

  @Test
  void votesAgainInTheNewRegency() {
    lockIn(0, V);
    consensus.stop(1);
    host.save();
    host.take();

    voteAndSave(1, V);
    assertThat(host.take())
        .containsExactly("sign 1 " + DV, "persist wrote 1 " + DV, "WRITE 1 " + DV);
    consensus.onWrite(1, 1, DV);
    consensus.onWrite(2, 1, DV);
    host.save();
    consensus.onSigned(1, DV, signature(0, 1, DV));
    assertThat(host.take()).containsExactly("persist lock 1 " + DV, "ACCEPT 1 " + DV);
  }

  /** An old lock's record that becomes durable late must not stand for the new one. */
  @Test
  void aLateRecordOfAnOldLockDoesNotReleaseANewAccept() {
    lockIn(0, V);
    consensus.stop(1);
    consensus.vote(1, W);
    consensus.onSigned(1, DW, signature(0, 1, DW));
    for (int member = 1; member < 4; member++) {
      consensus.onWrite(member, 1, DW);
    }
    host.take();

    host.save();
    assertThat(host.take()).isEmpty();
    host.save();
    assertThat(host.take()).containsExactly("WRITE 1 " + DW);
    host.save();
    assertThat(host.take()).containsExactly("ACCEPT 1 " + DW);
  }

  @Test
  void acceptsOfALowerRegencyStillDecide() {
    voteAndSave(0, V);
    accept(1, 0, DV);
    consensus.stop(1);
    accept(2, 0, DV);
    accept(3, 0, DV);

    assertThat(consensus.decision().regency()).isZero();
    assertThat(consensus.decision().digest()).isEqualTo(DV);
  }

  // ---- decisions ----------------------------------------------------------------------------

  @Test
  void onlyVerifiedAcceptsCount() {
    for (int member = 1; member < 4; member++) {
      consensus.onAccept(member, 0, DV, signature(member, 0, DV));
    }
    assertThat(host.take())
        .containsExactly("verify 1 0 " + DV, "verify 2 0 " + DV, "verify 3 0 " + DV);
    assertThat(consensus.decision()).isNull();

    consensus.onVerified(1, 0, DV, signature(1, 0, DV), true);
    consensus.onVerified(2, 0, DV, signature(2, 0, DV), true);
    consensus.onVerified(3, 0, DV, signature(3, 0, DV), false);
    assertThat(host.take()).containsExactly("bad signature of 3");
    assertThat(consensus.decision()).isNull();

    accept(0, 0, DV);
    assertThat(consensus.decision()).isNotNull();
  }

  @Test
  void theSignaturesAreTheCertificate() {
    accept(1, 3, DV);
    accept(2, 3, DW);
    accept(3, 3, DV);
    assertThat(consensus.decision()).isNull();
    lockIn(3, V);
    host.save();
    consensus.onSigned(3, DV, signature(0, 3, DV));

    assertThat(consensus.decision())
        .isEqualTo(
            new Certificate(
                1,
                3,
                DV,
                List.of(
                    new Certificate.Vote(0, signature(0, 3, DV)),
                    new Certificate.Vote(1, signature(1, 3, DV)),
                    new Certificate.Vote(3, signature(3, 3, DV)))));
    assertThat(host.lines.stream().filter("decided"::equals)).hasSize(1);
  }

  @Test
  void theCertificateNamesReplicasNotPositions() {
    List<View.Member> members = new ArrayList<>();
    for (int id : new int[] {10, 20, 30, 40}) {
      members.add(new View.Member(id, 1));
    }
    View plain = Views.byzantine(4, 1, 1);
    consensus =
        consensus(
            new View(
                0, 1, plain.mode(), 1, members, 1, List.of(10, 20, 30, 40), 0, plain.limits()));
    accept(1, 0, DV);
    accept(2, 0, DV);
    accept(3, 0, DV);

    assertThat(consensus.decision().votes().stream().map(Certificate.Vote::replica))
        .containsExactly(20, 30, 40);
  }

  @Test
  void doesNotCountAcceptsOfDifferentRegenciesTogether() {
    accept(1, 0, DV);
    accept(2, 1, DV);
    accept(3, 0, DV);
    assertThat(consensus.decision()).isNull();
  }

  @Test
  void anUnaskedVerificationCountsForNothing() {
    for (int member = 1; member < 4; member++) {
      consensus.onVerified(member, 0, DV, signature(member, 0, DV), true);
    }
    consensus.onAccept(1, 0, DV, signature(1, 0, DV));
    consensus.onVerified(1, 0, DW, signature(1, 0, DW), true);
    assertThat(consensus.decision()).isNull();
    assertThat(consensus.voters(DW)).isZero();
  }

  @Test
  void takesOverADecisionOnce() {
    Certificate proof = new Certificate(1, 0, DV, List.of());
    consensus.decide(proof);
    consensus.decide(new Certificate(1, 5, DV, List.of()));

    assertThat(consensus.decision()).isEqualTo(proof);
    assertThat(host.take()).containsExactly("decided");
  }

  @Test
  void sendsNothingNewOnceDecided() {
    voteAndSave(0, V);
    consensus.decide(new Certificate(1, 0, DV, List.of()));
    host.take();

    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 0, DV);
    accept(1, 0, DV);
    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(host.take()).isEmpty();
  }

  // ---- double votes -------------------------------------------------------------------------

  @Test
  void theFirstWriteOfAMemberCounts() {
    voteAndSave(0, V);
    consensus.onWrite(1, 0, DW);
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 0, DV);

    assertThat(host.lines).contains("double vote of 1");
    assertThat(consensus.state().lock()).isEqualTo(Lock.NONE);
    assertThat(consensus.voters(DW)).isEqualTo(0b0010);
  }

  @Test
  void aRepeatedVoteIsNoDoubleVote() {
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(1, 0, DV);
    accept(1, 0, DV);
    consensus.onAccept(1, 0, DV, signature(1, 0, DV));
    assertThat(host.take()).containsExactly("verify 1 0 " + DV);
  }

  @Test
  void theFirstAcceptOfAMemberCounts() {
    accept(1, 0, DW);
    accept(1, 0, DV);
    accept(2, 0, DV);
    accept(3, 0, DV);
    assertThat(host.lines).contains("double vote of 1");
    assertThat(consensus.decision()).isNull();
  }

  @Test
  void aSecondAcceptWhileTheFirstIsCheckedIsADoubleVote() {
    consensus.onAccept(1, 0, DV, signature(1, 0, DV));
    consensus.onAccept(1, 0, DW, signature(1, 0, DW));
    assertThat(host.take()).containsExactly("verify 1 0 " + DV, "double vote of 1");
  }

  // ---- what STOPDATA says -------------------------------------------------------------------

  @Test
  void saysNothingWhenItNeverVoted() {
    consensus.onWrite(1, 0, DV);
    accept(1, 0, DV);
    assertThat(consensus.state()).isNull();
    assertThat(consensus.votedIn()).isEqualTo(-1);
    assertThat(consensus.votedFor()).isNull();
  }

  /** A vote that did not leave is spoken of as well: it may leave in an instant. */
  @Test
  void saysWhatItIsAboutToWrite() {
    consensus.vote(0, V);
    assertThat(consensus.state())
        .isEqualTo(new Testimony.Open(1, null, Lock.NONE, List.of(new Written(0, DV))));
  }

  @Test
  void theWriteSetHasEachDigestOnceAscending() {
    voteAndSave(0, V);
    voteAndSave(2, W);
    voteAndSave(3, V);
    voteAndSave(5, V);

    assertThat(consensus.state().writeSet())
        .containsExactly(new Written(2, DW), new Written(5, DV));
    assertThat(consensus.votedIn()).isEqualTo(5);
    assertThat(consensus.votedFor()).isEqualTo(DV);
  }

  @Test
  void aDecisionReplacesTheVotes() {
    lockIn(0, V);
    consensus.decide(new Certificate(1, 0, DV, List.of()));
    assertThat(consensus.state()).isEqualTo(new Testimony.Open(1, DV, Lock.NONE, List.of()));
  }

  // ---- restart and resending ----------------------------------------------------------------

  @Test
  void restoresVotesWithoutSendingThem() {
    consensus.restoreWrote(0, DV);
    consensus.restoreWrote(2, DW);
    consensus.restoreLock(0, DV);

    assertThat(host.take()).containsExactly("sign 0 " + DV);
    assertThat(consensus.votedIn()).isEqualTo(2);
    assertThat(consensus.state())
        .isEqualTo(
            new Testimony.Open(
                1, null, new Lock(0, DV), List.of(new Written(0, DV), new Written(2, DW))));
  }

  @Test
  void acceptsARestoredLockOnceItIsSigned() {
    consensus.restoreWrote(0, DV);
    consensus.restoreLock(0, DV);
    host.take();
    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(host.take()).containsExactly("ACCEPT 0 " + DV);
  }

  @Test
  void aRestoredWriteCounts() {
    consensus.restoreWrote(0, DV);
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 0, DV);
    assertThat(consensus.state().lock()).isEqualTo(new Lock(0, DV));
  }

  private List<String> resent(long regency) {
    List<String> sent = new ArrayList<>();
    consensus.resend(
        regency,
        new Consensus.Resend() {
          @Override
          public void write(long in, Digest digest) {
            sent.add("WRITE " + in + " " + digest);
          }

          @Override
          public void accept(long in, Digest digest, Bytes signature) {
            sent.add(
                "ACCEPT " + in + " " + digest + " " + signature.equals(signature(0, in, digest)));
          }
        });
    return sent;
  }

  @Test
  void resendsWhatHasLeft() {
    assertThat(resent(0)).isEmpty();
    consensus.vote(0, V);
    assertThat(resent(0)).isEmpty();
    host.save();
    assertThat(resent(0)).containsExactly("WRITE 0 " + DV);
    consensus.onWrite(1, 0, DV);
    consensus.onWrite(2, 0, DV);
    consensus.onSigned(0, DV, signature(0, 0, DV));
    assertThat(resent(0)).containsExactly("WRITE 0 " + DV);
    host.save();
    assertThat(resent(0)).containsExactly("WRITE 0 " + DV, "ACCEPT 0 " + DV + " true");
    assertThat(resent(1)).isEmpty();
  }

  @Test
  void votersAreThoseOfAnyRegencyAndStep() {
    voteAndSave(0, V);
    consensus.onWrite(1, 3, DV);
    accept(3, 2, DV);
    consensus.onWrite(2, 3, DW);
    assertThat(consensus.voters(DV)).isEqualTo(0b1011);
    assertThat(consensus.voters(DW)).isEqualTo(0b0100);
  }
}
