package dev.lockstep.protocol.consensus;

import static dev.lockstep.protocol.consensus.RecordingHost.signature;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.Views;
import org.junit.jupiter.api.Test;

/** Which signatures of ACCEPTs are checked, and when. */
class AcceptChecksTest {
  private static final Digest DV = RecordingHost.batch(1, 1).digest();

  private final RecordingHost host = new RecordingHost();
  private final Consensus consensus =
      new ByzantineConsensus(
          1, 0, Views.quorums(Views.byzantine(4, 1, 1)), VotingRule.STANDARD, host);

  /** Each check costs as much as a thousand messages. */
  @Test
  void acceptsAreCheckedWhenTheirRegencyIsInstalled() {
    consensus.onAccept(1, 5, DV, signature(1, 5, DV));
    consensus.onAccept(2, 6, DV, signature(2, 6, DV));
    assertThat(host.take()).isEmpty();
    consensus.onVerified(1, 5, DV, signature(1, 5, DV), true);
    assertThat(consensus.voters(DV)).as("before it was asked").isZero();

    consensus.stop(5);
    assertThat(host.take()).containsExactly("verify 1 5 " + DV);
    consensus.stop(6);
    assertThat(host.take()).containsExactly("verify 2 6 " + DV);
    // What lies far back cannot matter any more.
    consensus.onAccept(3, 2, DV, signature(3, 2, DV));
    assertThat(host.take()).isEmpty();
    consensus.onAccept(3, 3, DV, signature(3, 3, DV));
    assertThat(host.take()).containsExactly("verify 3 3 " + DV);
  }
}
