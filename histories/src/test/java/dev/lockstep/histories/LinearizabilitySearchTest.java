package dev.lockstep.histories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.LinearizabilitySearch.Operation;
import dev.lockstep.histories.LinearizabilitySearch.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LinearizabilitySearchTest {
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
