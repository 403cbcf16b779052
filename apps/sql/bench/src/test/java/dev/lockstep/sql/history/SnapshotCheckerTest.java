package dev.lockstep.sql.history;

import static dev.lockstep.sql.history.Histories.steps;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.sql.history.Anomaly.Kind;
import dev.lockstep.sql.history.SnapshotChecker.Freshness;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotCheckerTest {

  private static List<Kind> found(Histories history) {
    return found(history, Freshness.REAL_TIME);
  }

  private static List<Kind> found(Histories history, Freshness freshness) {
    return SnapshotChecker.check(history.build(), freshness).anomalies().stream()
        .map(Anomaly::kind)
        .distinct()
        .toList();
  }

  @Test
  void serialTransactionsAreValid() {
    assertThat(
            found(
                new Histories()
                    .ok(0, "a 1 1", "r 1 1")
                    .ok(1, "r 1 1", "a 1 2", "a 1 3", "r 1 1,2,3")
                    .ok(0, "r 1 1,2,3", "r 2 ")))
        .isEmpty();
  }

  @Test
  void writeSkewIsAllowed() {
    assertThat(
            found(
                new Histories()
                    .together(steps("r 1 ", "a 2 1"), steps("r 2 ", "a 1 1"))
                    .ok(0, "r 1 1", "r 2 1")))
        .isEmpty();
  }

  @Test
  void longForkIsNotAllowed() {
    // Two readers see two independent writes in different orders: parallel snapshot isolation.
    assertThat(
            found(
                new Histories()
                    .together(
                        steps("a 1 1"),
                        steps("a 2 1"),
                        steps("r 1 1", "r 2 "),
                        steps("r 1 ", "r 2 1"))
                    .ok(0, "r 1 1", "r 2 1")))
        .containsExactly(Kind.G_NONADJACENT);
  }

  @Test
  void garbageIsFound() {
    assertThat(found(new Histories().ok(0, "r 1 7"))).contains(Kind.GARBAGE_READ);
  }

  @Test
  void whatWasAppliedTwiceIsFound() {
    assertThat(found(new Histories().ok(0, "a 1 7").ok(0, "r 1 7,7"))).contains(Kind.DUPLICATE);
  }

  @Test
  void readsThatDisagreeAreFound() {
    assertThat(
            found(
                new Histories()
                    .together(steps("a 1 1"), steps("a 1 2"))
                    .ok(0, "r 1 1,2")
                    .ok(1, "r 1 2,1")))
        .contains(Kind.INCOMPATIBLE_ORDER);
  }

  @Test
  void readsOfAShorterListThatIsNoPrefixAreFound() {
    assertThat(found(new Histories().ok(0, "a 1 1", "a 1 2").ok(1, "r 1 1,2").ok(1, "r 1 2")))
        .contains(Kind.INCOMPATIBLE_ORDER);
  }

  @Test
  void aTransactionThatDoesNotSeeItsOwnAppendIsFound() {
    assertThat(found(new Histories().ok(0, "a 1 1", "r 1 "))).contains(Kind.INTERNAL);
  }

  @Test
  void aListThatChangesUnderItsReaderIsFound() {
    assertThat(found(new Histories().together(steps("a 1 1"), steps("r 1 ", "r 1 1"))))
        .contains(Kind.INTERNAL);
  }

  @Test
  void abortedReadsAreFound() {
    assertThat(
            found(new Histories().begin(0, "a 1 1").end(0, Outcome.FAIL, "a 1 1").ok(1, "r 1 1")))
        .contains(Kind.ABORTED_READ);
  }

  @Test
  void readsOfWhatHasAnUnknownOutcomeAreFine() {
    Histories history = new Histories().begin(0, "a 1 1").end(0, Outcome.INFO, "a 1 1");
    assertThat(found(history.ok(1, "r 1 ").ok(1, "r 1 1").ok(2, "r 1 1"))).isEmpty();
  }

  @Test
  void whatWasSeenOnceStaysSeen() {
    Histories history = new Histories().begin(0, "a 1 1").end(0, Outcome.INFO, "a 1 1");
    assertThat(found(history.ok(1, "r 1 1").ok(2, "r 1 "))).containsExactly(Kind.G_SINGLE_REALTIME);
  }

  @Test
  void intermediateReadsAreFound() {
    assertThat(
            found(
                new Histories().together(steps("a 1 1", "a 1 2"), steps("r 1 1")).ok(0, "r 1 1,2")))
        .contains(Kind.INTERMEDIATE_READ);
  }

  @Test
  void writesBothBeforeAndAfterEachOtherAreFound() {
    assertThat(
            found(
                new Histories()
                    .together(steps("a 1 1", "a 2 1"), steps("a 1 2", "a 2 2"))
                    .ok(0, "r 1 1,2", "r 2 2,1")))
        .containsExactly(Kind.G0);
  }

  @Test
  void circlesOfReadsAreFound() {
    assertThat(
            found(
                new Histories()
                    .together(steps("a 1 1", "r 2 1"), steps("a 2 1", "r 1 1"))
                    .ok(0, "r 1 1", "r 2 1")))
        .containsExactly(Kind.G1C);
  }

  @Test
  void lostUpdatesAreFound() {
    assertThat(
            found(
                new Histories()
                    .ok(0, "a 1 1")
                    .together(steps("r 1 1", "a 1 2"), steps("r 1 1", "a 1 3"))
                    .ok(0, "r 1 1,2,3")))
        .containsExactly(Kind.LOST_UPDATE);
  }

  @Test
  void halfASnapshotIsFound() {
    assertThat(
            found(
                new Histories()
                    .together(steps("a 1 1", "a 2 1"), steps("r 1 1", "r 2 "))
                    .ok(0, "r 1 1", "r 2 1")))
        .containsExactly(Kind.G_SINGLE);
  }

  @Test
  void staleReadsAreFoundIfTheyArePromisedNotToBe() {
    Histories history = new Histories().ok(0, "a 1 1").ok(1, "r 1 ").ok(2, "r 1 1");
    assertThat(found(history)).containsExactly(Kind.G_SINGLE_REALTIME);
    assertThat(found(history, Freshness.SESSION)).isEmpty();
  }

  @Test
  void staleReadsOfOnesOwnWritesAreAlwaysFound() {
    Histories history = new Histories().ok(0, "a 1 1").ok(0, "r 1 ").ok(2, "r 1 1");
    assertThat(found(history, Freshness.SESSION)).containsExactly(Kind.G_SINGLE_REALTIME);
  }

  @Test
  void writesOutOfTimeAreFound() {
    assertThat(found(new Histories().ok(0, "a 1 1").ok(1, "a 1 2").ok(2, "r 1 2,1")))
        .contains(Kind.G0_REALTIME);
  }

  @Test
  void readsOfTheFutureAreFound() {
    assertThat(found(new Histories().ok(0, "r 1 1").ok(1, "a 1 1")))
        .containsExactly(Kind.G1C_REALTIME);
  }

  @Test
  void anAcknowledgedAppendThatNoReadShowsIsLost() {
    assertThat(found(new Histories().ok(0, "a 1 1").ok(1, "r 1 ")))
        .containsExactly(Kind.G_SINGLE_REALTIME);
    assertThat(found(new Histories().ok(0, "a 1 1").ok(0, "a 1 2").ok(1, "r 1 2"))).isNotEmpty();
  }

  @Test
  void timePassesThroughTransactionsThatFailed() {
    assertThat(
            found(
                new Histories()
                    .ok(0, "a 1 1")
                    .begin(3, "a 1 9")
                    .end(3, Outcome.FAIL, "a 1 9")
                    .ok(1, "r 1 ")
                    .ok(2, "r 1 1")))
        .containsExactly(Kind.G_SINGLE_REALTIME);
  }

  @Test
  void theExplanationNamesWhoDidWhat() {
    Histories history = new Histories().ok(0, "a 1 1").ok(1, "r 1 ").ok(2, "r 1 1");
    assertThat(SnapshotChecker.check(history.build(), Freshness.REAL_TIME).anomalies())
        .singleElement()
        .hasToString(
            "G_SINGLE_REALTIME: T0 overwrote the version of list 1 that T2 read, T2 began after T0"
                + " had ended.");
  }

  @Test
  void aValueThatIsAppendedTwiceIsNoHistory() {
    Histories history = new Histories().ok(0, "a 1 1").ok(0, "a 1 1");
    assertThatThrownBy(() -> found(history))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The value 1 is appended to list 1 twice");
  }
}
