package dev.lockstep.histories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.ClientId;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private static final ClientId ALICE = new ClientId(0, 1);

  private final History history = new History();
  private final Map<Integer, History.Call> calls = new HashMap<>();

  private void invoke(int call, KvOperation operation) {
    calls.put(call, history.invoked(ALICE, operation));
  }

  private void answer(int call, long value) {
    history.returned(calls.get(call), value);
  }

  private static void read(History history, long value) {
    history.returned(history.invoked(ALICE, KvOperation.get(1)), value);
  }

  private static void assertLinearizable(History history) {
    assertThat(history.violation()).isEmpty();
  }

  private static void assertViolation(History history, String why) {
    assertThat(history.violation())
        .hasValueSatisfying(sentence -> assertThat(sentence).contains(why));
  }

  @Test
  void acceptsAReadThatOverlapsAWriteWithEitherValue() {
    invoke(1, KvOperation.put(1, 5));
    invoke(2, KvOperation.get(1));
    invoke(3, KvOperation.get(1));
    answer(2, 5);
    answer(3, 0);
    answer(1, 0);
    assertLinearizable(history);
  }

  private static final int MANY = 60;

  /** So many unknown operations that no search can try all their orders, in the order of a log. */
  private static History manyUnknown() {
    History hurried = new History(1000);
    for (int i = 0; i < MANY; i++) {
      hurried.unknown(hurried.invoked(ALICE, KvOperation.add(1, 1L << i)));
    }
    for (int i = MANY - 1; i >= 0; i--) {
      hurried.decided(ALICE, KvOperation.add(1, 1L << i).encode());
    }
    return hurried;
  }

  @Test
  void theOrderOfTheLogShowsWhatNoSearchCan() {
    History history = manyUnknown();
    read(history, 1L << MANY - 1);
    read(history, 7L << MANY - 3);
    assertLinearizable(history);
  }

  @Test
  void theOrderOfTheLogDoesNotExcuseAReadThatGoesBack() {
    History history = manyUnknown();
    read(history, 7L << MANY - 3);
    read(history, 1L << MANY - 1);
    assertViolation(history, "needs more than 1000 steps");
  }

  @Test
  void theOrderOfTheLogDoesNotExcuseAnOperationBeforeItsCall() {
    history.decided(ALICE, KvOperation.put(1, 5).encode());
    history.decided(ALICE, KvOperation.put(1, 6).encode());
    invoke(2, KvOperation.put(1, 6));
    answer(2, 5);
    invoke(1, KvOperation.put(1, 5));
    answer(1, 0);
    assertViolation(history, "not linearizable");
  }

  @Test
  void findsAStaleRead() {
    invoke(1, KvOperation.put(1, 5));
    answer(1, 0);
    invoke(2, KvOperation.get(1));
    answer(2, 0);
    assertViolation(history, "not linearizable");
  }

  @Test
  void findsAReadThatGoesBack() {
    invoke(1, KvOperation.put(1, 5));
    invoke(2, KvOperation.get(1));
    answer(2, 5);
    invoke(3, KvOperation.get(1));
    answer(3, 0);
    answer(1, 0);
    assertViolation(history, "not linearizable");
  }

  @Test
  void acceptsAnUnknownWriteThatTakesEffectLateOrNever() {
    invoke(1, KvOperation.put(1, 5));
    history.unknown(calls.get(1));
    invoke(2, KvOperation.get(1));
    answer(2, 0);
    invoke(3, KvOperation.put(2, 6));
    invoke(4, KvOperation.get(1));
    answer(4, 5);
    invoke(5, KvOperation.get(2));
    answer(5, 0);
    assertLinearizable(history);
  }

  @Test
  void findsAnUnknownWriteThatTakesEffectTwice() {
    invoke(1, KvOperation.put(1, 5));
    history.unknown(calls.get(1));
    invoke(2, KvOperation.put(1, 6));
    answer(2, 5);
    invoke(3, KvOperation.put(1, 7));
    answer(3, 5);
    assertViolation(history, "not linearizable");
  }

  @Test
  void findsAnUnknownWriteThatTakesEffectBeforeItWasCalled() {
    invoke(2, KvOperation.get(1));
    answer(2, 5);
    invoke(1, KvOperation.put(1, 5));
    assertViolation(history, "not linearizable");
  }

  @Test
  void findsALostUpdate() {
    invoke(1, KvOperation.add(1, 1));
    invoke(2, KvOperation.add(1, 1));
    answer(1, 1);
    answer(2, 1);
    assertViolation(history, "not linearizable");
  }

  @Test
  void findsTwoWinnersOfOneCas() {
    invoke(1, KvOperation.cas(1, 0, 4));
    invoke(2, KvOperation.cas(1, 0, 5));
    answer(1, 1);
    answer(2, 1);
    assertViolation(history, "not linearizable");
  }

  @Test
  void countsRunningOutOfStepsAsFailure() {
    History impatient = new History(1);
    for (int call = 1; call <= 2; call++) {
      impatient.returned(impatient.invoked(ALICE, KvOperation.add(1, 1)), call);
    }
    assertViolation(impatient, "needs more than 1 steps");
  }

  @Test
  void aWriteThatOnlySaysThatItHappenedHasHappened() {
    invoke(1, KvOperation.put(1, 5));
    history.acknowledged(calls.get(1));
    invoke(2, KvOperation.get(1));
    answer(2, 0);
    assertViolation(history, "not linearizable");
  }

  @Test
  void aWriteThatWasNotExecutedIsNeverSeen() {
    invoke(1, KvOperation.put(1, 5));
    history.notExecuted(calls.get(1));
    invoke(2, KvOperation.get(1));
    answer(2, 5);
    assertViolation(history, "register 1");
  }
}
