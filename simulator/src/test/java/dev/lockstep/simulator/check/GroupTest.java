package dev.lockstep.simulator.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.view.QuorumRule;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GroupTest {
  @Test
  void agreesWithTheProtocolOnEverySetOfEveryShape() {
    List<View> views =
        List.of(
            CheckFixture.view(View.Mode.BYZANTINE, 1, 0, 1),
            CheckFixture.view(View.Mode.BYZANTINE, 1, 1, 1, 1, 1, 1),
            CheckFixture.view(View.Mode.BYZANTINE, 1, 1, 2, 2, 1, 1, 1),
            CheckFixture.view(View.Mode.BYZANTINE, 1, 1, 1, 1, 1, 1, 1, 1),
            CheckFixture.view(View.Mode.BYZANTINE, 1, 2, 1, 1, 1, 1, 1, 1, 1),
            CheckFixture.view(View.Mode.CRASH, 1, 1, 1, 1, 1),
            CheckFixture.view(View.Mode.CRASH, 1, 2, 2, 2, 1, 1, 1, 1, 1));
    for (View view : views) {
      Group group = new Group(view, Set.of());
      QuorumSystem protocol = new QuorumSystem(view, QuorumRule.STANDARD);
      for (long set = 0; set < 1L << view.size(); set++) {
        assertThat(group.isVoteQuorum(set))
            .as("%s %s", view, set)
            .isEqualTo(protocol.isVoteQuorum(set));
      }
      assertThat(group.install()).isEqualTo(protocol.install());
    }
  }

  @Test
  void fourOfSixAreAQuorumAndThreeAreNot() {
    Group group =
        new Group(CheckFixture.view(View.Mode.BYZANTINE, 1, 1, 1, 1, 1, 1, 1, 1), Set.of(0));
    assertThat(group.isVoteQuorum(0b1111)).isTrue();
    assertThat(group.isVoteQuorum(0b0111)).isFalse();
    assertThat(group.isVoteQuorumWithByzantine(0b1110)).isTrue();
    assertThat(group.isVoteQuorumWithByzantine(0b0110)).isFalse();
    assertThat(group.isVoteQuorumWithByzantine(0b0111)).isFalse();
  }
}
