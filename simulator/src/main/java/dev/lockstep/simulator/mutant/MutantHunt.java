package dev.lockstep.simulator.mutant;

import dev.lockstep.simulator.run.RunResult;
import dev.lockstep.simulator.run.SimulationRunner;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Runs mutants until the checkers notice them. */
public final class MutantHunt {
  private MutantHunt() {}

  /**
   * What became of a mutant.
   *
   * @param caughtBy short name of the check, or null if none noticed within the seeds
   * @param seeds how many seeds it took, or how many were tried
   * @param command replays the run that caught it
   */
  public record Finding(Mutant mutant, String caughtBy, long seeds, String command) {
    public boolean isCaught() {
      return caughtBy != null;
    }
  }

  /** Tries seeds from 1 on, several at a time, and reports the lowest that catches the mutant. */
  public static Finding hunt(Mutant mutant, int seedsMax) {
    AtomicLong lowest = new AtomicLong(Long.MAX_VALUE);
    IntStream.rangeClosed(1, seedsMax)
        .parallel()
        .filter(seed -> seed < lowest.get() && isCaughtBy(run(mutant, seed), mutant))
        .forEach(seed -> lowest.accumulateAndGet(seed, Math::min));
    if (lowest.get() > seedsMax) {
      return new Finding(mutant, null, seedsMax, null);
    }
    RunResult caught = run(mutant, lowest.get());
    return new Finding(
        mutant,
        caught.violation().check(),
        lowest.get(),
        caught.command() + " --mutant " + mutant.name());
  }

  private static RunResult run(Mutant mutant, long seed) {
    return SimulationRunner.runOne(seed, mutant.hunt(), mutant.variant(), null);
  }

  /** A broken safety rule must be noticed by a safety checker, not by the standstill it causes. */
  private static boolean isCaughtBy(RunResult result, Mutant mutant) {
    return result.isViolated() || (!mutant.safety() && result.isStall());
  }
}
