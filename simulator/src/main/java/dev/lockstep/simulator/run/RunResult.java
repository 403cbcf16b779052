package dev.lockstep.simulator.run;

import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.plan.RunConfig;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What came of a run.
 *
 * @param events how many events happened
 * @param decisions distinct instances that were decided
 * @param regencyChanges distinct regencies that a correct replica installed
 * @param syncPhases regencies in which a correct replica processed a SYNC
 * @param bound those in which it bound a value
 * @param noop those in which it filled a hole
 * @param completed operations of correct clients that have their result
 * @param unknown operations of correct clients whose outcome stayed unknown
 * @param figures how often faults of storage and steps of state transfers happened
 * @param violation null when nothing was found
 */
public record RunResult(
    RunConfig config,
    long virtualMicros,
    long events,
    long decisions,
    int regencyChanges,
    int syncPhases,
    int bound,
    int noop,
    int completed,
    int unknown,
    Map<String, Long> figures,
    Violation violation) {

  /** Names of the findings that say that nothing happens any more, not that something wrong did. */
  private static final List<String> LIVENESS = List.of("STALL", "V1", "V2", "V3", "V4", "V5");

  /** Something wrong was done. */
  public boolean isViolated() {
    return violation != null && !isStall();
  }

  /** Something that liveness promises did not happen. */
  public boolean isStall() {
    return violation != null && LIVENESS.contains(violation.check());
  }

  public TreeSet<String> adversaries() {
    return config.adversaryNames();
  }

  /** The command that repeats the run. */
  public String command() {
    return "./lockstep sim --seed " + config.seed() + config.origin().options() + " --trace";
  }

  @Override
  public String toString() {
    return String.format(
        "seed %d: %.1f s, %d events, %d decisions, %d regencies, %d syncs (%d bound, %d noop),"
            + " %d completed, %d unknown%s",
        config.seed(),
        virtualMicros / 1e6,
        events,
        decisions,
        regencyChanges,
        syncPhases,
        bound,
        noop,
        completed,
        unknown,
        violation == null ? "" : "\n" + violation.getMessage());
  }
}
