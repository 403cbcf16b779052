package dev.lockstep.simulator.mutant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.simulator.machine.Variant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The quick part of {@code lockstep sim --mutants}: rules whose absence shows within a few seeds.
 */
class MutantHuntTest {
  private static final List<String> QUICK =
      List.of(
          "quorum-2f+1",
          "installed-too-early",
          "lock-at-zero",
          "leader-chooses-prefix",
          "range-too-short",
          "sync-not-checked",
          "prefix-by-one-certificate",
          "epoch-per-instance",
          "accept-names-no-instance",
          "mixed-digests",
          "own-vote-before-durable",
          "accepts-not-checked",
          "valid-at-decide",
          "clock-not-compared",
          "fetched-body-vouches",
          "no-decisions-handed-out",
          "votes-forgotten",
          "promise-forgotten",
          "log-shorter-than-votes",
          "votes-not-persisted",
          "write-before-record",
          "reply-before-durable",
          "log-tail-unverified");

  @Test
  void brokenRulesAreNoticed() {
    for (String name : QUICK) {
      MutantHunt.Finding finding = MutantHunt.hunt(Mutants.named(name), 100);
      assertThat(finding.isCaught()).as(name).isTrue();
    }
  }

  @Test
  void soundRulesAreNot() {
    Mutant sound =
        new Mutant(
            "sound", "nothing", false, Variant.standard(), Mutants.named("lock-at-zero").hunt());
    assertThat(MutantHunt.hunt(sound, 30).isCaught()).isFalse();
  }
}
