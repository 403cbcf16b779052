package dev.lockstep.protocol.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.rules.VotingRule;
import org.junit.jupiter.api.Test;

/** Bugs that a hostile reading found: each of these tests failed once. */
class VotesRegressionTest {
  /** Rounds that nobody votes in any more must go, else one member makes the map grow for ever. */
  @Test
  void emptyRoundsAreNotKept() {
    Votes votes = new Votes(4, VotingRule.STANDARD);
    int kept = 0;
    for (long regency = 0; regency < 1000; regency++) {
      votes.roundFor(1, regency).writes[1] = Digest.ZERO;
    }
    for (long regency = 0; regency < 1000; regency++) {
      kept += votes.roundOrNull(regency) == null ? 0 : 1;
    }
    assertThat(kept).isLessThanOrEqualTo(Votes.REGENCIES);
  }
}
