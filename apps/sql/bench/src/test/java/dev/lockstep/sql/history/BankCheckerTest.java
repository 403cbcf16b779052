package dev.lockstep.sql.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.sql.history.Anomaly.Kind;
import dev.lockstep.sql.history.Operation.Balances;
import dev.lockstep.sql.history.Operation.Transfer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BankCheckerTest {
  private static final Transfer ONE = new Transfer(1, 0, 1, 10);
  private static final Transfer TWO = new Transfer(2, 1, 0, 5);

  private final Recorder recorder = new Recorder();

  private void transfer(Transfer transfer, Outcome outcome) {
    long process = recorder.newProcess();
    recorder.note(process, Outcome.INVOKE, transfer);
    recorder.note(process, outcome, transfer);
  }

  private List<Kind> books(List<Transfer> ledger, long first, long second) {
    return BankChecker.checkBooks(
            recorder.history(),
            new TreeMap<>(Map.of(0, 100L, 1, 100L)),
            ledger,
            new TreeMap<>(Map.of(0, first, 1, second)))
        .stream()
        .map(Anomaly::kind)
        .toList();
  }

  @Test
  void booksThatAreRight() {
    transfer(ONE, Outcome.OK);
    transfer(TWO, Outcome.FAIL);
    assertThat(books(List.of(ONE), 90, 110)).isEmpty();
  }

  @Test
  void anUnknownOutcomeMayBeEither() {
    transfer(ONE, Outcome.INFO);
    assertThat(books(List.of(ONE), 90, 110)).isEmpty();
    assertThat(books(List.of(), 100, 100)).isEmpty();
  }

  @Test
  void aLostCommitIsFound() {
    transfer(ONE, Outcome.OK);
    assertThat(books(List.of(), 100, 100)).containsExactly(Kind.LOST_COMMIT);
  }

  @Test
  void aDoubledCommitIsFound() {
    transfer(ONE, Outcome.OK);
    assertThat(books(List.of(ONE, ONE), 80, 120)).containsExactly(Kind.DUPLICATE);
    assertThat(books(List.of(ONE), 80, 120)).containsExactly(Kind.WRONG_BALANCE);
  }

  @Test
  void whatWasRefusedOrNeverAskedForIsFound() {
    transfer(TWO, Outcome.FAIL);
    assertThat(books(List.of(TWO), 105, 95)).containsExactly(Kind.UNASKED_COMMIT);
    assertThat(books(List.of(ONE), 90, 110)).containsExactly(Kind.UNASKED_COMMIT);
    transfer(ONE, Outcome.OK);
    assertThat(books(List.of(new Transfer(1, 0, 1, 11)), 89, 111))
        .containsExactly(Kind.UNASKED_COMMIT);
  }

  @Test
  void totalsAreCompared() {
    long process = recorder.newProcess();
    recorder.note(process, Outcome.INVOKE, new Balances(null));
    recorder.note(process, Outcome.OK, Balances.of(Map.of(0, 90L, 1, 100L)));
    assertThat(BankChecker.checkTotals(recorder.history(), 190)).isEmpty();
    assertThat(BankChecker.checkTotals(recorder.history(), 200))
        .extracting(Anomaly::kind)
        .containsExactly(Kind.WRONG_TOTAL);
  }
}
