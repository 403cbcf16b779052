package dev.lockstep.protocol.rules;

import static dev.lockstep.protocol.rules.Entries.V;
import static dev.lockstep.protocol.rules.Entries.W;
import static dev.lockstep.protocol.rules.Entries.decided;
import static dev.lockstep.protocol.rules.Entries.entry;
import static dev.lockstep.protocol.rules.Entries.lock;
import static dev.lockstep.protocol.rules.Entries.voted;
import static dev.lockstep.protocol.rules.Entries.wrote;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.message.Testimony.Lock;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The conclusions of the synchronization phase (docs/protocol.md), with its traces. */
class SelectionRuleTest {
  /** A (Byzantine), B, C, D. */
  private static final int A = 0;

  private static final int B = 1;
  private static final int C = 2;
  private static final int D = 3;

  private static final SelectionRule RULE = SelectionRule.STANDARD;
  private static final Choice FREE = new Choice(Kind.FREE, null);
  private static final Choice NOOP = new Choice(Kind.NOOP, null);

  private static Choice bound(Digest digest) {
    return new Choice(Kind.BOUND, digest);
  }

  private static Outcome four(int window, Testimony... entries) {
    return RULE.evaluate(List.of(entries), Views.quorums(Views.byzantine(4, 1, window)));
  }

  // ---- traces -------------------------------------------------------------------------------

  /**
   * T1: B decided v at 1 and is slow, C locked it, A lies. Nobody may conclude that 1 is free; with
   * B its decision stands.
   */
  @Test
  void aLockIsNoLockOfTimeZero() {
    Testimony liar = entry(A, 1, 1, 0);
    Testimony locked = entry(C, 1, 1, 0, voted(1, lock(0, V), wrote(0, V)));
    Testimony none = entry(D, 1, 1, 0);
    Testimony ahead = entry(B, 1, 1, 1);

    assertThat(four(1, liar, locked, none)).isNull();

    Outcome outcome = four(1, liar, locked, none, ahead);
    assertThat(outcome.prefix()).isEqualTo(1);
    assertThat(outcome.horizon()).isEqualTo(1);
    assertThat(outcome.choices()).containsOnly(Map.entry(2L, FREE));
  }

  /** T1 shown from the other side: with "no lock = time 0" the same entries would free 1. */
  @Test
  void lockTimeZeroWouldFreeADecidedInstance() {
    SelectionRule broken =
        new SelectionRule() {
          @Override
          public long time(Lock lock) {
            return Math.max(0, lock.regency());
          }
        };
    List<Testimony> entries =
        List.of(
            entry(A, 1, 1, 0),
            entry(C, 1, 1, 0, voted(1, lock(0, V), wrote(0, V))),
            entry(D, 1, 1, 0));

    Outcome outcome = broken.evaluate(entries, Views.quorums(Views.byzantine(4, 1, 1)));

    assertThat(outcome.choices().get(1L)).isEqualTo(FREE);
  }

  /** T1 without B's decision: C's lock is bound as soon as B, who wrote v too, speaks. */
  @Test
  void oneLockAndAnotherWriterBind() {
    Testimony liar = entry(A, 1, 1, 0);
    Testimony locked = entry(C, 1, 1, 0, voted(1, lock(0, V), wrote(0, V)));
    Testimony none = entry(D, 1, 1, 0);
    Testimony writer = entry(B, 1, 1, 0, voted(1, Lock.NONE, wrote(0, V)));

    assertThat(four(1, liar, locked, none, writer).choices().get(1L)).isEqualTo(bound(V));
    // Without the liar it is the same, and a quorum without the lock frees nothing that is needed.
    assertThat(four(1, locked, none, writer).choices().get(1L)).isEqualTo(bound(V));
  }

  /** T2: the prefix is the highest that is proved, whatever the leader would like it to be. */
  @Test
  void thePrefixIsNotTheLeadersChoice() {
    Outcome outcome = four(1, entry(B, 1, 1, 1), entry(A, 1, 1, 0), entry(D, 1, 1, 0));

    assertThat(outcome.prefix()).isEqualTo(1);
    assertThat(outcome.choices().keySet()).containsExactly(2L);
  }

  /** S1: the same request bound twice. Both stay bound; delivery filters. */
  @Test
  void twoInstancesMayBindTheSameRequest() {
    Outcome outcome =
        four(
            2,
            entry(1, 2, 2, 0, voted(1, lock(0, V), wrote(0, V))),
            entry(2, 2, 2, 0, voted(1, Lock.NONE, wrote(0, V)), voted(2, lock(1, V), wrote(1, V))),
            entry(3, 2, 2, 0, voted(2, Lock.NONE, wrote(1, V))));

    assertThat(outcome.prefix()).isZero();
    assertThat(outcome.horizon()).isEqualTo(2);
    assertThat(outcome.choices().get(1L)).isEqualTo(bound(V));
    assertThat(outcome.choices().get(2L)).isEqualTo(bound(V));
  }

  /**
   * S2: what is decided above a gap is shown as such, and instance 1 stays in everybody's hands.
   */
  @Test
  void aCertificateAboveAGapMovesTheHorizonOnly() {
    Testimony open = entry(1, 1, 2, 0, voted(1, lock(0, V), wrote(0, V)));
    Outcome outcome =
        four(
            2,
            entry(0, 1, 2, 0, decided(2, W)),
            open,
            entry(2, 1, 2, 0, voted(1, lock(0, V), wrote(0, V))),
            entry(3, 1, 2, 0));

    assertThat(outcome.prefix()).isZero();
    assertThat(outcome.horizon()).isEqualTo(2);
    assertThat(outcome.choices().get(1L)).isEqualTo(bound(V));
    assertThat(outcome.choices().get(2L)).isEqualTo(new Choice(Kind.DECIDED, W));
  }

  /** T14: bound, free, bound: the hole is filled. */
  @Test
  void holesBelowTheHorizonAreFilled() {
    Outcome outcome =
        four(
            3,
            entry(1, 1, 3, 0, voted(1, lock(0, V), wrote(0, V)), voted(3, lock(0, W), wrote(0, W))),
            entry(2, 1, 3, 0, voted(1, lock(0, V), wrote(0, V)), voted(3, lock(0, W), wrote(0, W))),
            entry(3, 1, 3, 0));

    assertThat(outcome.horizon()).isEqualTo(3);
    assertThat(outcome.choices().get(1L)).isEqualTo(bound(V));
    assertThat(outcome.choices().get(2L)).isEqualTo(NOOP);
    assertThat(outcome.choices().get(3L)).isEqualTo(bound(W));
  }

  /** F1: C lost its log but not its votes; with them the decision that only B knows is bound. */
  @Test
  void votesAboveAShorterLogStillBind() {
    // A lies; C accepted v at 4 and was restarted with its votes; D accepted it too.
    Testimony liar = entry(A, 1, 1, 3);
    Testimony restarted = entry(C, 1, 1, 3, voted(4, lock(0, V), wrote(0, V)));
    Testimony writer = entry(D, 1, 1, 3, voted(4, Lock.NONE, wrote(0, V)));

    assertThat(four(1, liar, restarted, writer).choices().get(4L)).isEqualTo(bound(V));
  }

  // ---- single clauses -----------------------------------------------------------------------

  @Test
  void needsTheWeightOfAVoteQuorum() {
    assertThat(four(1, entry(1, 1, 1, 0), entry(2, 1, 1, 0))).isNull();
    assertThat(four(1, entry(1, 1, 1, 0), entry(2, 1, 1, 0), entry(3, 1, 1, 0))).isNotNull();

    QuorumSystem weighted = Views.quorums(Views.weighted(View.Mode.BYZANTINE, 1, 2, 2, 1, 1, 1));
    assertThat(
            RULE.evaluate(
                List.of(entry(2, 1, 1, 0), entry(3, 1, 1, 0), entry(4, 1, 1, 0)), weighted))
        .isNull();
    assertThat(
            RULE.evaluate(
                List.of(entry(0, 1, 1, 0), entry(1, 1, 1, 0), entry(4, 1, 1, 0)), weighted))
        .isNotNull();
  }

  @Test
  void aSenderThatIsNoMemberHasNoWeight() {
    assertThat(four(1, entry(1, 1, 1, 0), entry(2, 1, 1, 0), entry(9, 1, 1, 0))).isNull();
  }

  /** An invented lock binds nothing; the true one waits for more entries or is bound. */
  @Test
  void anInventedLockIsNotCertified() {
    Testimony liar = entry(A, 5, 1, 0, voted(1, lock(4, W), wrote(4, W)));
    Testimony locked = entry(B, 5, 1, 0, voted(1, lock(0, V), wrote(0, V)));
    Testimony writer = entry(C, 5, 1, 0, voted(1, Lock.NONE, wrote(0, V)));
    Testimony none = entry(D, 5, 1, 0);

    assertThat(four(1, liar, locked, writer)).isNull();
    assertThat(four(1, liar, locked, writer, none).choices().get(1L)).isEqualTo(bound(V));
  }

  @Test
  void theHigherOfTwoBoundLocksWins() {
    Outcome outcome =
        four(
            1,
            entry(1, 3, 1, 0, voted(1, lock(0, V), wrote(0, V), wrote(2, W))),
            entry(2, 3, 1, 0, voted(1, lock(2, W), wrote(0, V), wrote(2, W))),
            entry(3, 3, 1, 0, voted(1, Lock.NONE, wrote(0, V))));

    assertThat(outcome.choices().get(1L)).isEqualTo(bound(W));
  }

  /** A write of an older regency does not certify a later lock. */
  @Test
  void certificationNeedsWritesOfTheLocksRegencyOrLater() {
    Testimony locked = entry(1, 4, 1, 0, voted(1, lock(2, V), wrote(2, V)));
    Testimony older = entry(2, 4, 1, 0, voted(1, Lock.NONE, wrote(1, V)));
    Testimony later = entry(2, 4, 1, 0, voted(1, Lock.NONE, wrote(3, V)));
    Testimony none = entry(3, 4, 1, 0);

    assertThat(four(1, locked, older, none)).isNull();
    assertThat(four(1, locked, later, none).choices().get(1L)).isEqualTo(bound(V));
  }

  /** RULES 23. */
  @Test
  void aLockCertifiesAsAWriteDoes() {
    Testimony one = entry(1, 1, 1, 0, voted(1, lock(0, V)));
    Testimony two = entry(2, 1, 1, 0, voted(1, lock(0, V)));

    assertThat(four(1, one, two, entry(3, 1, 1, 0)).choices().get(1L)).isEqualTo(bound(V));
  }

  /** Certification protects against faults, so it counts replicas: one heavy one is one. */
  @Test
  void certificationCountsReplicasNotWeights() {
    QuorumSystem weighted = Views.quorums(Views.weighted(View.Mode.BYZANTINE, 1, 2, 2, 1, 1, 1));
    Testimony heavy = entry(0, 1, 1, 0, voted(1, lock(0, V), wrote(0, V)));
    Testimony none = entry(1, 1, 1, 0);
    Testimony light = entry(2, 1, 1, 0);

    assertThat(RULE.evaluate(List.of(heavy, none, light), weighted)).isNull();
    Testimony writer = entry(3, 1, 1, 0, voted(1, Lock.NONE, wrote(0, V)));
    assertThat(RULE.evaluate(List.of(heavy, none, light, writer), weighted).choices().get(1L))
        .isEqualTo(bound(V));
  }

  /** A decision beats every lock, and needs no quorum for its row. */
  @Test
  void aDecisionBeatsLocks() {
    Outcome outcome =
        four(
            1,
            entry(1, 3, 1, 0, voted(1, lock(2, V), wrote(2, V))),
            entry(2, 3, 1, 0, voted(1, lock(2, V), wrote(2, V))),
            entry(3, 3, 1, 0, decided(1, W)));

    assertThat(outcome.choices().get(1L)).isEqualTo(new Choice(Kind.DECIDED, W));
  }

  @Test
  void theRangeIsTheWindowAboveThePrefix() {
    Outcome outcome = four(3, entry(1, 1, 3, 5), entry(2, 1, 3, 7), entry(3, 1, 3, 2));

    assertThat(outcome.prefix()).isEqualTo(7);
    assertThat(outcome.horizon()).isEqualTo(7);
    assertThat(outcome.choices().keySet()).containsExactly(8L, 9L, 10L);
    assertThat(outcome.choices().values()).containsOnly(FREE);
  }

  /** A laggard's window ends below: what it does not list there it never voted on. */
  @Test
  void aLaggardCountsAsUnlockedAboveItsWindow() {
    Outcome outcome =
        four(
            2,
            entry(1, 1, 2, 4, voted(6, lock(0, V), wrote(0, V))),
            entry(2, 1, 2, 4, voted(6, Lock.NONE, wrote(0, V))),
            entry(3, 1, 2, 0));

    assertThat(outcome.choices().get(5L)).isEqualTo(NOOP);
    assertThat(outcome.choices().get(6L)).isEqualTo(bound(V));
  }

  /** One unsound instance makes the whole set wait. */
  @Test
  void oneUnsoundInstanceIsEnoughToWait() {
    Testimony unsound = entry(1, 1, 3, 0, voted(3, lock(0, V), wrote(0, V)));

    assertThat(four(3, unsound, entry(2, 1, 3, 0), entry(3, 1, 3, 0))).isNull();
  }

  // ---- crash mode ---------------------------------------------------------------------------

  private static Outcome three(int window, Testimony... entries) {
    return RULE.evaluate(List.of(entries), Views.quorums(Views.crash(3, 1, window)));
  }

  /** Nobody lies: the highest accepted value of a majority, and no second witness is needed. */
  @Test
  void crashModeTakesTheHighestLock() {
    Testimony low = entry(0, 3, 1, 0, voted(1, lock(0, V)));
    Testimony high = entry(1, 3, 1, 0, voted(1, lock(2, W)));
    Testimony none = entry(2, 3, 1, 0);

    assertThat(three(1, low, none).choices().get(1L)).isEqualTo(bound(V));
    assertThat(three(1, low, high).choices().get(1L)).isEqualTo(bound(W));
    assertThat(three(1, high, low, none).choices().get(1L)).isEqualTo(bound(W));
  }

  @Test
  void crashModeNeedsAMajority() {
    assertThat(three(1, entry(0, 1, 1, 0))).isNull();
    assertThat(three(1, entry(0, 1, 1, 0), entry(1, 1, 1, 0)).choices().get(1L)).isEqualTo(FREE);
  }

  @Test
  void crashModeFillsHolesAndTakesDecisions() {
    Outcome outcome =
        three(
            3,
            entry(0, 2, 3, 1, voted(2, lock(1, W)), decided(4, V)),
            entry(1, 2, 3, 0, voted(2, lock(0, V))));

    assertThat(outcome.prefix()).isEqualTo(1);
    assertThat(outcome.horizon()).isEqualTo(4);
    assertThat(outcome.choices().get(2L)).isEqualTo(bound(W));
    assertThat(outcome.choices().get(3L)).isEqualTo(NOOP);
    assertThat(outcome.choices().get(4L)).isEqualTo(new Choice(Kind.DECIDED, V));
  }
}
