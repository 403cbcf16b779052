package dev.lockstep.simulator.check;

import static dev.lockstep.simulator.check.CheckFixture.ALICE;
import static dev.lockstep.simulator.check.CheckFixture.assertViolation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.simulator.KvOperation;
import dev.lockstep.simulator.check.LinearizabilitySearch.Operation;
import dev.lockstep.simulator.check.LinearizabilitySearch.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {
  private final LinearizabilityChecker checker = new LinearizabilityChecker();

  private void invoke(long call, KvOperation operation) {
    checker.invoked(0, ALICE, call, operation.isRead(), operation.encode());
  }

  private void answer(long call, long value) {
    checker.returned(0, ALICE, call, new Bytes(new Encoder().i64(value).toByteArray()));
  }

  @Test
  void acceptsAReadThatOverlapsAWriteWithEitherValue() {
    invoke(1, KvOperation.put(1, 5));
    invoke(2, KvOperation.get(1));
    invoke(3, KvOperation.get(1));
    answer(2, 5);
    answer(3, 0);
    answer(1, 0);
    checker.ended(0);
  }

  private static final int MANY = 60;

  /** So many unknown operations that no search can try all their orders, in the order of a log. */
  private LinearizabilityChecker manyUnknown(boolean logged) {
    LinearizabilityChecker hurried = new LinearizabilityChecker(1000);
    for (int i = 0; i < MANY; i++) {
      hurried.invoked(0, ALICE, i, false, KvOperation.add(1, 1L << i).encode());
      hurried.unknown(0, ALICE, i);
    }
    for (int i = MANY - 1; i >= 0 && logged; i--) {
      hurried.delivered(0, 1, log(MANY - i, KvOperation.add(1, 1L << i)));
    }
    return hurried;
  }

  private static Delivery log(long instance, KvOperation operation) {
    return CheckFixture.delivery(
        CheckFixture.batch(instance, 0, Digest.ZERO),
        CheckFixture.request(ALICE, 7, instance, operation));
  }

  private static void read(LinearizabilityChecker checker, long call, long value) {
    KvOperation get = KvOperation.get(1);
    checker.invoked(0, ALICE, call, true, get.encode());
    checker.returned(0, ALICE, call, new Bytes(new Encoder().i64(value).toByteArray()));
  }

  @Test
  void theOrderOfTheLogShowsWhatNoSearchCan() {
    LinearizabilityChecker checker = manyUnknown(true);
    read(checker, 1000, 1L << MANY - 1);
    read(checker, 1001, 7L << MANY - 3);
    checker.ended(0);
  }

  @Test
  void theOrderOfTheLogDoesNotExcuseAReadThatGoesBack() {
    LinearizabilityChecker checker = manyUnknown(true);
    read(checker, 1001, 7L << MANY - 3);
    read(checker, 1000, 1L << MANY - 1);
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void theOrderOfTheLogDoesNotExcuseAnOperationBeforeItsCall() {
    checker.delivered(0, 1, log(1, KvOperation.put(1, 5)));
    checker.delivered(0, 1, log(2, KvOperation.put(1, 6)));
    invoke(2, KvOperation.put(1, 6));
    answer(2, 5);
    invoke(1, KvOperation.put(1, 5));
    answer(1, 0);
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void findsAStaleRead() {
    invoke(1, KvOperation.put(1, 5));
    answer(1, 0);
    invoke(2, KvOperation.get(1));
    answer(2, 0);
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void findsAReadThatGoesBack() {
    invoke(1, KvOperation.put(1, 5));
    invoke(2, KvOperation.get(1));
    answer(2, 5);
    invoke(3, KvOperation.get(1));
    answer(3, 0);
    answer(1, 0);
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void acceptsAnUnknownWriteThatTakesEffectLateOrNever() {
    invoke(1, KvOperation.put(1, 5));
    checker.unknown(0, ALICE, 1);
    invoke(2, KvOperation.get(1));
    answer(2, 0);
    invoke(3, KvOperation.put(2, 6));
    invoke(4, KvOperation.get(1));
    answer(4, 5);
    invoke(5, KvOperation.get(2));
    answer(5, 0);
    checker.ended(0);
  }

  @Test
  void findsAnUnknownWriteThatTakesEffectTwice() {
    invoke(1, KvOperation.put(1, 5));
    checker.unknown(0, ALICE, 1);
    invoke(2, KvOperation.put(1, 6));
    answer(2, 5);
    invoke(3, KvOperation.put(1, 7));
    answer(3, 5);
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void findsAnUnknownWriteThatTakesEffectBeforeItWasCalled() {
    invoke(2, KvOperation.get(1));
    answer(2, 5);
    invoke(1, KvOperation.put(1, 5));
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void findsALostUpdate() {
    invoke(1, KvOperation.add(1, 1));
    invoke(2, KvOperation.add(1, 1));
    answer(1, 1);
    answer(2, 1);
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void findsTwoWinnersOfOneCas() {
    invoke(1, KvOperation.cas(1, 0, 4));
    invoke(2, KvOperation.cas(1, 0, 5));
    answer(1, 1);
    answer(2, 1);
    assertViolation("LINEARIZABLE", () -> checker.ended(0));
  }

  @Test
  void findsAReplyOfTheWrongLength() {
    invoke(1, KvOperation.get(1).padded(0, 3));
    assertViolation("LINEARIZABLE", () -> answer(1, 0));
  }

  @Test
  void countsRunningOutOfStepsAsFailure() {
    LinearizabilityChecker impatient = new LinearizabilityChecker(1);
    for (int call = 1; call <= 2; call++) {
      KvOperation operation = KvOperation.add(1, 1);
      impatient.invoked(0, ALICE, call, false, operation.encode());
      impatient.returned(0, ALICE, call, new Bytes(new Encoder().i64(call).toByteArray()));
    }
    assertViolation("LINEARIZABLE", () -> impatient.ended(0));
  }

  /** Simulates clients of one register; some results are tampered with. */
  private static List<Operation> history(
      SplittableRandom random, int operations, int clients, double tampered, double unknown) {
    record Running(KvOperation operation, long start, boolean effective, long result) {}

    List<Operation> history = new ArrayList<>();
    List<Running> running = new ArrayList<>();
    long value = 0;
    int started = 0;
    for (long moment = 0; started < operations || !running.isEmpty(); moment++) {
      int choice = random.nextInt(3);
      if (choice == 0 && started < operations && running.size() < clients) {
        running.add(new Running(operation(random), moment, false, 0));
        started++;
      } else if (choice >= 1 && !running.isEmpty()) {
        int at = random.nextInt(running.size());
        Running chosen = running.get(at);
        KvOperation operation = chosen.operation;
        if (!chosen.effective) {
          boolean lost = random.nextDouble() < unknown;
          if (lost && random.nextBoolean()) {
            running.remove(at);
            history.add(
                new Operation(operation, chosen.start, Long.MAX_VALUE, OptionalLong.empty()));
            continue;
          }
          long result = KvModel.answer(operation, value);
          value = KvModel.after(operation, value);
          result += random.nextDouble() < tampered ? 1 : 0;
          running.set(at, new Running(operation, chosen.start, true, result));
          if (lost) {
            running.remove(at);
            history.add(
                new Operation(operation, chosen.start, Long.MAX_VALUE, OptionalLong.empty()));
          }
        } else {
          running.remove(at);
          boolean mute = random.nextInt(5) == 0;
          history.add(
              new Operation(
                  operation,
                  chosen.start,
                  moment,
                  mute ? OptionalLong.empty() : OptionalLong.of(chosen.result)));
        }
      }
    }
    history.removeIf(operation -> operation.isUnknown() && operation.operation().isRead());
    return history;
  }

  private static KvOperation operation(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> KvOperation.put(1, random.nextInt(3));
      case 1 -> KvOperation.get(1);
      case 2 -> KvOperation.cas(1, random.nextInt(3), random.nextInt(3));
      default -> KvOperation.add(1, random.nextInt(2));
    };
  }

  /** Tries every order, without any cleverness. */
  private static boolean bruteForce(List<Operation> rest, long value) {
    if (rest.stream().allMatch(Operation::isUnknown)) {
      return true;
    }
    for (Operation next : rest) {
      boolean tooLate = rest.stream().anyMatch(other -> other.end() < next.start());
      boolean fits =
          next.isUnknown()
              || next.result().isEmpty()
              || KvModel.answer(next.operation(), value) == next.result().getAsLong();
      if (!tooLate && fits) {
        List<Operation> remaining = new ArrayList<>(rest);
        remaining.remove(next);
        if (bruteForce(remaining, KvModel.after(next.operation(), value))) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void agreesWithBruteForceOnSmallHistories() {
    SplittableRandom random = new SplittableRandom(1);
    int[] verdicts = new int[2];
    for (int run = 0; run < 20_000; run++) {
      List<Operation> history = history(random, 6, 4, 0.15, 0.3);
      boolean expected = bruteForce(history, 0);
      Verdict verdict = new LinearizabilitySearch(history, 1_000_000).run();
      assertThat(verdict)
          .as("run %s: %s", run, history)
          .isEqualTo(expected ? Verdict.LINEARIZABLE : Verdict.NOT_LINEARIZABLE);
      verdicts[expected ? 1 : 0]++;
    }
    assertThat(verdicts[0]).isGreaterThan(1000);
    assertThat(verdicts[1]).isGreaterThan(1000);
  }

  @Test
  void decidesLongHistoriesInFewSteps() {
    SplittableRandom random = new SplittableRandom(2);
    for (int run = 0; run < 20; run++) {
      List<Operation> good = history(random, 3000, 8, 0, 0.005);
      LinearizabilitySearch search = new LinearizabilitySearch(good, 4_000_000);
      assertThat(search.run()).isEqualTo(Verdict.LINEARIZABLE);
      assertThat(search.steps()).isLessThan(1_000_000);
    }
  }
}
