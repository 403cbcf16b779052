package dev.lockstep.protocol.replica.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.replica.transfer.TransferStatus.Phase;
import org.junit.jupiter.api.Test;

class PhasesTest {
  private final Phases phases = new Phases();

  @Test
  void comeOneAfterTheOther() {
    assertThat(phases.is(Phase.NONE)).isTrue();
    for (Phase next : Phase.values()) {
      if (next != Phase.NONE) {
        phases.moveTo(next, "test");
      }
    }
    phases.moveTo(Phase.NONE, "test");
    assertThat(phases.now()).isEqualTo(Phase.NONE);
  }

  @Test
  void aPhaseThatCannotFollowIsRefusedWithBothReasons() {
    phases.moveTo(Phase.ASKING, "behind");
    assertThatThrownBy(() -> phases.moveTo(Phase.INSTALLING, "whole"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a transfer cannot go from ASKING (behind) to INSTALLING (whole)");
    assertThat(phases.now()).isEqualTo(Phase.ASKING);
  }

  @Test
  void aCheckpointIsFetchedFromManifestToContent() {
    phases.moveTo(Phase.ASKING, "test");
    assertThat(phases.isFetching()).isFalse();
    phases.moveTo(Phase.MANIFEST, "test");
    assertThat(phases.isFetching()).isTrue();
  }
}
