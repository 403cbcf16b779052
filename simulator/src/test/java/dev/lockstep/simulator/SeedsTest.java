package dev.lockstep.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.plan.Restrictions;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.run.Simulation;
import dev.lockstep.simulator.run.SimulationRunner;
import dev.lockstep.simulator.run.Summary;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A fixed set of seeds, so that every build sees a hundred clusters under faults and attacks. */
class SeedsTest {
  @Test
  void aHundredFullRunsAreClean() {
    Summary summary = run(1, 100, Restrictions.free());
    assertThat(summary.failures()).isEmpty();
    assertThat(summary.runs()).isEqualTo(100);
    assertThat(summary.toMap())
        .extractingByKeys("decisions", "regency_changes", "bound", "noop")
        .allSatisfy(figure -> assertThat((Long) figure).isPositive());
  }

  @Test
  void threeHundredSmallRunsAreClean() {
    Summary summary = run(1, 300, Restrictions.smallRuns());
    assertThat(summary.failures()).isEmpty();
    assertThat(summary.runs()).isEqualTo(300);
  }

  /** Once failed: a client that used another's session made every leader's batch look malformed. */
  @Test
  void aForeignSessionInABatchBlamesNobody() {
    Restrictions hunt = Restrictions.free().withAdversary("client-foreign");
    assertThat(run(1, 20, hunt).failures()).isEmpty();
  }

  /**
   * Once failed: one client's flood of OPENs deposed correct leaders, its own fairness delaying it.
   */
  @Test
  void aFloodOfOpensDeposesNobodyForLong() {
    Restrictions hunt = Restrictions.free().withAdversary("client-open-replay");
    assertThat(run(1, 20, hunt).failures()).isEmpty();
  }

  /**
   * Once failed: a replica that had forgotten deliveries in a crash, or everything, answered reads
   * from its old state, and an acknowledged write was not seen.
   */
  @Test
  void aRestartedReplicaAnswersNoReadBeforeItKnowsWhatItKnew() {
    assertThat(run(67641, 67641, Restrictions.smallRuns()).failures()).isEmpty();
  }

  /**
   * Once failed: of a leader that died within the step of its SYNC the checkers saw the votes that
   * followed, and not the SYNC.
   */
  @Test
  void nothingIsSeenOfWhoIsDead() {
    assertThat(run(60405, 60405, Restrictions.free()).failures()).isEmpty();
  }

  /** The same seed gives the same run, event by event. */
  @Test
  void aRunReplaysExactly() {
    for (long seed = 7; seed <= 9; seed++) {
      assertThat(trace(seed)).isEqualTo(trace(seed)).hasSizeGreaterThan(100);
    }
  }

  private static List<String> trace(long seed) {
    List<String> lines = new ArrayList<>();
    RunConfig config = RunConfig.draw(seed, Restrictions.smallRuns());
    Simulation.checked(config, Variant.standard(), lines::add).run();
    return lines;
  }

  private static Summary run(long first, long last, Restrictions restrictions) {
    return new SimulationRunner(SimulationRunner.Options.of(first, last, restrictions, null)).run();
  }
}
