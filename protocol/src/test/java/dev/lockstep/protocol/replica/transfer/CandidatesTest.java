package dev.lockstep.protocol.replica.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message.Offer;
import dev.lockstep.protocol.port.Event;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which checkpoint of others is tried next. */
class CandidatesTest {
  private static final Digest A = TransferParts.hash("a");
  private static final Digest B = TransferParts.hash("b");
  private static final Digest C = TransferParts.hash("c");

  private final TransferParts parts = new TransferParts();
  private final Candidates candidates = parts.candidates;

  @Test
  void theNewestThatAnotherOneCanProveComesFirst() {
    parts.offer(0, 30, A);
    parts.offer(1, 20, B);
    parts.offer(3, 10, C);
    Candidate first = candidates.nextOrNull(0);
    assertThat(first).isEqualTo(new Candidate(1, 20, B));
    candidates.markTried(first);
    assertThat(candidates.nextOrNull(0)).isEqualTo(new Candidate(3, 10, C));
    candidates.markTried(new Candidate(3, 10, C));
    // Nobody claims anything at or after it but its sender: the last resort.
    assertThat(candidates.nextOrNull(0)).isEqualTo(new Candidate(0, 30, A));
    candidates.markTried(new Candidate(0, 30, A));
    assertThat(candidates.nextOrNull(0)).isNull();
    candidates.forgetTried();
    assertThat(candidates.nextOrNull(0)).isEqualTo(first);
  }

  @Test
  void nothingThatIsNotAboveWhatWasDelivered() {
    parts.offer(1, 20, B);
    parts.offer(3, 0, C);
    assertThat(candidates.nextOrNull(20)).isNull();
    assertThat(candidates.nextOrNull(19)).isNotNull();
  }

  @Test
  void liarsAndThoseThatAreShunnedDoNotCount() {
    parts.offer(1, 20, B);
    parts.offer(3, 20, C);
    candidates.blame(1, "test");
    candidates.blame(1, "test");
    assertThat(parts.facts.counted).containsExactly(Event.TRANSFER_BLAMED);
    assertThat(candidates.nextOrNull(0)).isEqualTo(new Candidate(3, 20, C));
    parts.sources.shun(3);
    assertThat(candidates.nextOrNull(0)).isNull();
    candidates.begin();
    assertThat(candidates.nextOrNull(0)).isEqualTo(new Candidate(1, 20, B));
  }

  /** Else a liar could agree with whatever is found. */
  @Test
  void theFirstClaimOfAnInstanceCounts() {
    parts.offer(1, 20, A);
    parts.offer(1, 20, B);
    assertThat(candidates.claimOrNull(1, 20)).isEqualTo(A);
    assertThat(candidates.canGive(1, new Candidate(1, 20, B))).isFalse();
    assertThat(candidates.canGive(1, new Candidate(1, 20, A))).isFalse();
    parts.offer(1, 20, A);
    assertThat(candidates.canGive(1, new Candidate(1, 20, A))).isTrue();
    assertThat(candidates.canAnybodyGive(new Candidate(3, 20, A))).isTrue();
    candidates.forgetOffers(1);
    assertThat(candidates.canAnybodyGive(new Candidate(3, 20, A))).isFalse();
    assertThat(candidates.claimOrNull(1, 20)).isEqualTo(A);
  }

  /** A liar must not make this replica fetch more than it can hold. */
  @Test
  void whatIsMuchLargerThanWhatOthersOfferIsNotTried() {
    long most = 2 * 1_000_000_000L + (64L << 20);
    candidates.onOffers(0, List.of(new Offer(10, A, 1_000_000_000L)), t -> true);
    candidates.onOffers(1, List.of(new Offer(20, B, 5 * most)), t -> true);
    candidates.onOffers(3, List.of(new Offer(30, C, most)), t -> true);
    assertThat(candidates.nextOrNull(0)).isNotEqualTo(new Candidate(1, 20, B));
    candidates.onOffers(1, List.of(new Offer(25, B, 2 * most + (64L << 20) + 1)), t -> true);
    for (Candidate next = candidates.nextOrNull(0); next != null; next = candidates.nextOrNull(0)) {
      assertThat(next.source()).isNotEqualTo(1);
      candidates.markTried(next);
    }
  }

  @Test
  void aSourceWhoseCheckpointDidNotComeIsBehind() {
    parts.offer(0, 30, A);
    parts.offer(1, 20, B);
    parts.offer(3, 10, C);
    candidates.noteFailure(new Candidate(1, 20, B));
    assertThat(candidates.nextOrNull(0)).isEqualTo(new Candidate(3, 10, C));
    candidates.noteFailure(new Candidate(3, 10, C));
    candidates.noteFailure(new Candidate(0, 30, A));
    assertThat(candidates.nextOrNull(0)).isEqualTo(new Candidate(1, 20, B));
    assertThat(candidates.failures(1)).isEqualTo(1);
    candidates.begin();
    assertThat(candidates.failures(1)).isZero();
  }

  @Test
  void claimsOfOneMemberAreBounded() {
    List<Offer> many = new ArrayList<>();
    for (int t = 1; t <= 100; t++) {
      many.add(new Offer(t, A, 22));
    }
    candidates.onOffers(1, many, t -> true);
    assertThat(candidates.highestClaim(1)).isEqualTo(16);
    candidates.onOffers(1, List.of(new Offer(200, A, 22)), t -> t > 10);
    assertThat(candidates.highestClaim(1)).isEqualTo(200);
    assertThat(candidates.claimOrNull(1, 10)).isNull();
    assertThat(candidates.claimOrNull(1, 11)).isEqualTo(A);
  }

  @Test
  void namesAllThatClaimTheSame() {
    parts.offer(0, 20, A);
    parts.offer(1, 20, B);
    parts.offer(3, 20, A);
    List<Integer> claiming = new ArrayList<>();
    candidates.forEachClaiming(new Candidate(0, 20, A), claiming::add);
    assertThat(claiming).containsExactly(0, 3);
  }
}
