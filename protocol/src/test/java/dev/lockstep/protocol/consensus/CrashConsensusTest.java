package dev.lockstep.protocol.consensus;

import static dev.lockstep.protocol.consensus.RecordingHost.batch;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Replica 0 of three, instance 1; RULES 4 and 25. */
class CrashConsensusTest {
  private static final Batch V = batch(1, 1);
  private static final Batch W = batch(1, 2);
  private static final Digest DV = V.digest();
  private static final Digest DW = W.digest();

  private final RecordingHost host = new RecordingHost();
  private Consensus consensus = consensus(Views.crash(3, 1, 1));

  private Consensus consensus(View view) {
    return new CrashConsensus(1, 0, Views.quorums(view), VotingRule.STANDARD, host);
  }

  private void accept(int member, long regency, Digest digest) {
    consensus.onAccept(member, regency, digest, Bytes.EMPTY);
  }

  @Test
  void theFirstVoteIsTheAcceptAndWaitsForItsRecord() {
    consensus.vote(0, V);
    assertThat(host.take()).containsExactly("persist wrote 0 " + DV);
    host.save();
    assertThat(host.take()).containsExactly("ACCEPT 0 " + DV);
    assertThat(consensus.decision()).isNull();
  }

  /** F5: two of three, but its own is not on the disk. */
  @Test
  void theOwnAcceptCountsOnlyWhenItsRecordIsDurable() {
    consensus.vote(0, V);
    accept(1, 0, DV);
    assertThat(consensus.decision()).isNull();

    host.save();
    assertThat(consensus.decision()).isEqualTo(new Certificate(1, 0, DV, List.of()));
    assertThat(host.lines.stream().filter("decided"::equals)).hasSize(1);
  }

  @Test
  void decidesOnTheAcceptsOfOthers() {
    accept(1, 0, DV);
    assertThat(consensus.decision()).isNull();
    accept(2, 0, DV);
    assertThat(consensus.decision().digest()).isEqualTo(DV);
    assertThat(consensus.state()).isEqualTo(new Testimony.Open(1, DV, Lock.NONE, List.of()));
  }

  @Test
  void countsEqualDigestsOfOneRegencyOnly() {
    accept(1, 0, DV);
    accept(2, 0, DW);
    accept(2, 1, DV);
    accept(1, 0, DV);
    assertThat(consensus.decision()).isNull();
  }

  @Test
  void weightsAreCounted() {
    consensus = consensus(Views.weighted(View.Mode.CRASH, 2, 1, 2, 2, 1, 1, 1, 1));
    accept(1, 0, DV);
    accept(2, 0, DV);
    assertThat(consensus.decision()).isNull();
    accept(6, 0, DV);
    assertThat(consensus.decision()).isNotNull();
  }

  @Test
  void ignoresWritesAndSignatures() {
    for (int member = 1; member < 3; member++) {
      consensus.onWrite(member, 0, DV);
      consensus.onVerified(member, 0, DV, Bytes.EMPTY, true);
    }
    consensus.onSigned(0, DV, Bytes.EMPTY);
    consensus.review(0);
    assertThat(host.take()).isEmpty();
    assertThat(consensus.decision()).isNull();
    assertThat(consensus.state()).isNull();
  }

  /** The accepted value is the lock; a later one replaces it. */
  @Test
  void theVoteIsTheLock() {
    consensus.vote(0, V);
    assertThat(consensus.state())
        .isEqualTo(new Testimony.Open(1, null, new Lock(0, DV), List.of()));
    consensus.vote(2, W);
    assertThat(consensus.state().lock()).isEqualTo(new Lock(2, DW));
    assertThat(consensus.votedIn()).isEqualTo(2);
    assertThat(consensus.votedFor()).isEqualTo(DW);
  }

  @Test
  void noAcceptLeavesAfterStop() {
    consensus.vote(0, V);
    consensus.stop(1);
    host.take();
    host.save();
    accept(1, 0, DV);
    assertThat(host.take()).isEmpty();
    assertThat(consensus.decision()).isNull();
  }

  @Test
  void acceptsOfALowerRegencyStillDecide() {
    consensus.stop(3);
    accept(1, 0, DV);
    accept(2, 0, DV);
    assertThat(consensus.decision().regency()).isZero();
  }

  @Test
  void restoresItsVote() {
    consensus.restoreWrote(1, DV);
    assertThat(host.take()).isEmpty();
    assertThat(consensus.state().lock()).isEqualTo(new Lock(1, DV));
    assertThat(consensus.votedIn()).isEqualTo(1);

    accept(2, 1, DV);
    assertThat(consensus.decision()).isNotNull();
  }

  @Test
  void resendsWhatHasLeft() {
    List<String> sent = new ArrayList<>();
    Consensus.Resend resend =
        new Consensus.Resend() {
          @Override
          public void write(long regency, Digest digest) {
            sent.add("WRITE");
          }

          @Override
          public void accept(long regency, Digest digest, Bytes signature) {
            sent.add("ACCEPT " + regency + " " + digest);
          }
        };
    consensus.vote(0, V);
    consensus.resend(0, resend);
    assertThat(sent).isEmpty();
    host.save();
    consensus.resend(0, resend);
    assertThat(sent).containsExactly("ACCEPT 0 " + DV);
  }
}
