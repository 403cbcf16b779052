package dev.lockstep.protocol.rules;

import static dev.lockstep.protocol.rules.Entries.V;
import static dev.lockstep.protocol.rules.Entries.W;
import static dev.lockstep.protocol.rules.Entries.decided;
import static dev.lockstep.protocol.rules.Entries.entry;
import static dev.lockstep.protocol.rules.Entries.lock;
import static dev.lockstep.protocol.rules.Entries.voted;
import static dev.lockstep.protocol.rules.Entries.wrote;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.RandomValues;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Decided;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.message.Testimony.Open;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What makes an entry of a SYNC valid; docs/protocol.md, the synchronization phase. */
class EntryRuleTest {
  private static final int WINDOW = 3;
  private static final long REGENCY = 4;
  private static final EntryRule.Proofs ALL = (instance, digest) -> true;

  private static boolean isValid(Testimony entry) {
    return isValid(entry, ALL);
  }

  private static boolean isValid(Testimony entry, EntryRule.Proofs proofs) {
    return EntryRule.STANDARD.isValid(entry, REGENCY, WINDOW, proofs);
  }

  private static Testimony at(long last, Open... open) {
    return entry(1, REGENCY, WINDOW, last, open);
  }

  private static Testimony claiming(long last, Decided... prefix) {
    return new Testimony(REGENCY, 1, 0, last, List.of(prefix), List.of());
  }

  // ---- valid --------------------------------------------------------------------------------

  @Test
  void acceptsWhatCorrectReplicasSay() {
    assertThat(isValid(at(0))).isTrue();
    assertThat(isValid(at(2))).isTrue();
    assertThat(isValid(at(1000))).isTrue();
    assertThat(isValid(at(5, decided(7, V), voted(8, Lock.NONE, wrote(3, V))))).isTrue();
    assertThat(isValid(at(5, voted(6, lock(2, V), wrote(0, W), wrote(2, V))))).isTrue();
    // A lock without a write: it saw the quorum and not the proposal.
    assertThat(isValid(at(5, voted(6, lock(0, V))))).isTrue();
    assertThat(
            isValid(
                at(
                    0,
                    voted(
                        1,
                        Lock.NONE,
                        wrote(0, V),
                        wrote(1, W),
                        wrote(2, digest(3)),
                        wrote(3, digest(4))))))
        .isTrue();
  }

  @Test
  void firstProofLeavesOutWhatLiesBelowTheWindow() {
    assertThat(EntryRule.STANDARD.firstProof(0, 3)).isEqualTo(1);
    assertThat(EntryRule.STANDARD.firstProof(3, 3)).isEqualTo(1);
    assertThat(EntryRule.STANDARD.firstProof(4, 3)).isEqualTo(2);
    assertThat(EntryRule.STANDARD.firstProof(10, 1)).isEqualTo(10);
  }

  // ---- the claim ----------------------------------------------------------------------------

  @Test
  void refusesAnotherRegency() {
    assertThat(isValid(entry(1, REGENCY - 1, WINDOW, 0))).isFalse();
    assertThat(isValid(entry(1, REGENCY + 1, WINDOW, 0))).isFalse();
  }

  @Test
  void refusesImpossibleNumbers() {
    assertThat(isValid(claiming(-1))).isFalse();
    assertThat(isValid(claiming(Long.MIN_VALUE))).isFalse();
    assertThat(isValid(claiming(Long.MAX_VALUE))).isFalse();
    assertThat(isValid(new Testimony(REGENCY, 1, -1, 0, List.of(), List.of()))).isFalse();
  }

  private static Testimony showing(long incarnation, Claim... acknowledged) {
    return new Testimony(REGENCY, 1, incarnation, 0, List.of(), List.of(), List.of(acknowledged));
  }

  private static Claim claim(int replica, long incarnation) {
    return new Claim(replica, incarnation, Bytes.EMPTY);
  }

  @Test
  void refusesWhatItShowsOfOthersInDisorder() {
    assertThat(isValid(showing(0, claim(0, 1), claim(2, 7)))).isTrue();
    assertThat(isValid(showing(0, claim(2, 7), claim(0, 1)))).isFalse();
    assertThat(isValid(showing(0, claim(2, 7), claim(2, 8)))).isFalse();
    assertThat(isValid(showing(0, claim(-1, 1)))).isFalse();
    // Nobody lost its votes no times, and of itself it speaks elsewhere.
    assertThat(isValid(showing(0, claim(2, 0)))).isFalse();
    assertThat(isValid(showing(0, claim(1, 1)))).isFalse();
  }

  /** RULES 27: what its sender stated in an earlier life, as another entry shows. */
  @Test
  void anEntryIsOutdatedByANewerIncarnationOfItsSenderOnly() {
    Testimony shows =
        new Testimony(REGENCY, 0, 0, 0, List.of(), List.of(), List.of(claim(1, 2), claim(3, 9)));
    assertThat(EntryRule.STANDARD.isOutdated(showing(1), shows)).isTrue();
    assertThat(EntryRule.STANDARD.isOutdated(showing(2), shows)).isFalse();
    assertThat(EntryRule.STANDARD.isOutdated(shows, showing(1, claim(2, 5)))).isFalse();
  }

  /**
   * S2: a genuine certificate of the last instance does not show that the one before is decided.
   */
  @Test
  void refusesAClaimWithOneCertificateOnly() {
    assertThat(isValid(claiming(3, new Decided(3, V)))).isFalse();
    assertThat(isValid(claiming(3, new Decided(2, V), new Decided(3, V)))).isFalse();
    assertThat(isValid(claiming(3, new Decided(1, V), new Decided(2, V), new Decided(3, V))))
        .isTrue();
  }

  @Test
  void refusesAnIncompleteOrDisorderedPrefix() {
    assertThat(isValid(claiming(3))).isFalse();
    assertThat(isValid(claiming(3, new Decided(1, V), new Decided(2, V)))).isFalse();
    assertThat(isValid(claiming(3, new Decided(1, V), new Decided(3, V)))).isFalse();
    assertThat(isValid(claiming(3, new Decided(3, V), new Decided(2, V), new Decided(1, V))))
        .isFalse();
    assertThat(
            isValid(
                claiming(
                    4, new Decided(1, V), new Decided(2, V), new Decided(3, V), new Decided(4, V))))
        .isFalse();
    assertThat(
            isValid(
                claiming(
                    3, new Decided(1, V), new Decided(2, V), new Decided(3, V), new Decided(4, V))))
        .isFalse();
  }

  @Test
  void refusesAPrefixWithoutProof() {
    Map<Long, Digest> proved = Map.of(1L, V, 2L, V, 3L, W);
    EntryRule.Proofs proofs = (instance, digest) -> digest.equals(proved.get(instance));

    assertThat(
            isValid(claiming(3, new Decided(1, V), new Decided(2, V), new Decided(3, W)), proofs))
        .isTrue();
    assertThat(
            isValid(claiming(3, new Decided(1, V), new Decided(2, V), new Decided(3, V)), proofs))
        .isFalse();
    assertThat(
            isValid(claiming(4, new Decided(2, V), new Decided(3, W), new Decided(4, V)), proofs))
        .isFalse();
  }

  /** T3: a huge claim must neither pass nor take long. */
  @Test
  void refusesAHugeClaim() {
    assertThat(isValid(claiming(1_000_000_000L, new Decided(1_000_000_000L, V)))).isFalse();
    assertThat(isValid(claiming(Long.MAX_VALUE / 2))).isFalse();
  }

  // ---- open instances -----------------------------------------------------------------------

  @Test
  void refusesInstancesOutsideTheWindow() {
    assertThat(isValid(at(5, voted(8, Lock.NONE, wrote(0, V))))).isTrue();
    assertThat(isValid(at(5, voted(9, Lock.NONE, wrote(0, V))))).isFalse();
    assertThat(isValid(at(5, voted(5, Lock.NONE, wrote(0, V))))).isFalse();
    assertThat(isValid(at(5, voted(-1, Lock.NONE, wrote(0, V))))).isFalse();
    assertThat(isValid(at(5, decided(9, V)))).isFalse();
  }

  @Test
  void refusesInstancesTwiceOrDescending() {
    Open six = voted(6, Lock.NONE, wrote(0, V));
    Open seven = voted(7, Lock.NONE, wrote(0, V));

    assertThat(isValid(at(5, six, seven))).isTrue();
    assertThat(isValid(at(5, six, six))).isFalse();
    assertThat(isValid(at(5, seven, six))).isFalse();
    assertThat(isValid(at(5, six, decided(6, V)))).isFalse();
  }

  @Test
  void refusesDecisionsWithoutProofOrWithVotes() {
    EntryRule.Proofs none = (instance, digest) -> instance <= 5;

    assertThat(isValid(at(5, decided(7, V)), none)).isFalse();
    assertThat(isValid(at(5, new Open(7, V, lock(0, V), List.of())))).isFalse();
    assertThat(isValid(at(5, new Open(7, V, Lock.NONE, List.of(wrote(0, V)))))).isFalse();
  }

  // ---- votes --------------------------------------------------------------------------------

  @Test
  void refusesLocksOfThisRegencyOrLater() {
    assertThat(isValid(at(0, voted(1, lock(REGENCY - 1, V))))).isTrue();
    assertThat(isValid(at(0, voted(1, lock(REGENCY, V))))).isFalse();
    assertThat(isValid(at(0, voted(1, lock(Long.MAX_VALUE, V))))).isFalse();
  }

  @Test
  void refusesNoLockThatIsNotTheOne() {
    assertThat(isValid(at(0, voted(1, new Lock(-1, V), wrote(0, V))))).isFalse();
    assertThat(isValid(at(0, voted(1, new Lock(-2, Digest.ZERO), wrote(0, V))))).isFalse();
    assertThat(isValid(at(0, voted(1, new Lock(Long.MIN_VALUE, V), wrote(0, V))))).isFalse();
  }

  @Test
  void refusesWritesOfThisRegencyOrLaterOrNone() {
    assertThat(isValid(at(0, voted(1, Lock.NONE, wrote(REGENCY, V))))).isFalse();
    assertThat(isValid(at(0, voted(1, Lock.NONE, wrote(-1, V))))).isFalse();
    assertThat(isValid(at(0, voted(1, Lock.NONE, wrote(0, V), wrote(Long.MAX_VALUE, W)))))
        .isFalse();
  }

  @Test
  void refusesADigestTwice() {
    assertThat(isValid(at(0, voted(1, Lock.NONE, wrote(0, V), wrote(1, V))))).isFalse();
  }

  @Test
  void refusesTwoWritesOfOneRegencyOrDescendingOnes() {
    assertThat(isValid(at(0, voted(1, Lock.NONE, wrote(1, V), wrote(1, W))))).isFalse();
    assertThat(isValid(at(0, voted(1, Lock.NONE, wrote(1, V), wrote(0, W))))).isFalse();
  }

  @Test
  void refusesAWriteSetWithMorePairsThanRegencies() {
    Testimony entry = entry(1, 1, WINDOW, 0, voted(1, Lock.NONE, wrote(0, V), wrote(0, W)));

    assertThat(EntryRule.STANDARD.isValid(entry, 1, WINDOW, ALL)).isFalse();
  }

  /** One bad instance spoils the entry: it is removed whole, whatever is wrong. */
  @Test
  void oneBadInstanceSpoilsTheEntry() {
    assertThat(
            isValid(
                at(5, voted(6, Lock.NONE, wrote(0, V)), voted(7, lock(REGENCY, V)), decided(8, V))))
        .isFalse();
  }

  // ---- total --------------------------------------------------------------------------------

  @Property(tries = 2000)
  void anyContentHasAnAnswer(@ForAll long seed) {
    RandomValues random = new RandomValues(seed);
    Testimony entry = random.testimony();
    EntryRule.STANDARD.isValid(
        entry, entry.regency(), 1 + random.below(4), (instance, digest) -> random.flag());
  }

  private static Digest digest(long value) {
    return new Digest(value, 0, 0, 0);
  }
}
