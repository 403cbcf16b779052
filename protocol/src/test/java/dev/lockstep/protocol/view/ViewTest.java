package dev.lockstep.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lockstep.protocol.view.View.Member;
import dev.lockstep.protocol.view.View.Mode;
import dev.lockstep.protocol.view.View.RequestAuthentication;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RULES 1 to 3. */
class ViewTest {
  private static final View.Limits LIMITS = View.Limits.defaults(RequestAuthentication.SIGNED);

  private static View view(List<Member> members, List<Integer> leaderOrder) {
    return new View(0, 1, Mode.BYZANTINE, 1, members, 1, leaderOrder, 0, LIMITS);
  }

  private static List<Member> members(int... idsAndWeights) {
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < idsAndWeights.length; i += 2) {
      members.add(new Member(idsAndWeights[i], idsAndWeights[i + 1]));
    }
    return members;
  }

  private static void genesis(Mode mode, int window, int faults, List<Integer> weights) {
    View.genesis(mode, window, weights, faults, LIMITS);
  }

  // ---- refusals -----------------------------------------------------------------------------

  @Test
  void refusesNegativeFaults() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> genesis(Mode.BYZANTINE, 1, -1, List.of(1, 1, 1, 1)))
        .withMessage("faults is -1 but must not be negative");
  }

  @Test
  void refusesAWindowThatIsEmptyOrTooLarge() {
    for (int window : new int[] {0, -5, 1025}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> genesis(Mode.BYZANTINE, window, 1, List.of(1, 1, 1, 1)))
          .withMessage("window is " + window + " but must be 1 to 1024");
    }
    genesis(Mode.BYZANTINE, 1024, 1, List.of(1, 1, 1, 1));
  }

  @Test
  void refusesTooFewReplicas() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> genesis(Mode.BYZANTINE, 1, 1, List.of(1, 1, 1)))
        .withMessage("a group that tolerates 1 Byzantine faults needs 4 to 64 replicas, not 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> genesis(Mode.CRASH, 1, 2, List.of(1, 1, 1, 1)))
        .withMessage("a group that tolerates 2 crash faults needs 5 to 64 replicas, not 4");
    genesis(Mode.BYZANTINE, 1, 1, List.of(1, 1, 1, 1));
    genesis(Mode.CRASH, 1, 2, List.of(1, 1, 1, 1, 1));
    genesis(Mode.BYZANTINE, 1, 0, List.of(1));
  }

  @Test
  void refusesMoreReplicasThanAMaskHasBits() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> genesis(Mode.BYZANTINE, 1, 1, Collections.nCopies(65, 1)))
        .withMessage("a group that tolerates 1 Byzantine faults needs 4 to 64 replicas, not 65");
    genesis(Mode.BYZANTINE, 1, 21, Collections.nCopies(64, 1));
  }

  @Test
  void refusesMembersThatAreNotAscendingOrTwice() {
    for (List<Member> wrong :
        List.of(
            members(0, 1, 2, 1, 1, 1, 3, 1),
            members(0, 1, 1, 1, 1, 1, 3, 1),
            members(-1, 1, 1, 1, 2, 1, 3, 1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> view(wrong, wrong.stream().map(Member::replica).toList()))
          .withMessage("replica ids must be ascending, distinct, from 0");
    }
  }

  @Test
  void refusesWeightsOutOfRange() {
    for (int weight : new int[] {0, -1, 1_000_001, Integer.MAX_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> genesis(Mode.BYZANTINE, 1, 1, List.of(1, 1, weight, 1)))
          .withMessage("weight of replica 2 is " + weight + ", not 1 to 1000000");
    }
  }

  @Test
  void refusesWeightsThatTheHeaviestOutweigh() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> genesis(Mode.BYZANTINE, 1, 1, List.of(2, 2, 1, 1)))
        .withMessage("total weight 6 is too little: the 1 heaviest replicas hold 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> genesis(Mode.CRASH, 1, 1, List.of(1, 1, 2)))
        .withMessage("total weight 4 is too little: the 1 heaviest replicas hold 2");
    genesis(Mode.BYZANTINE, 1, 1, List.of(2, 2, 1, 1, 1));
    genesis(Mode.CRASH, 1, 1, List.of(1, 2, 2));
  }

  @Test
  void refusesALeaderOrderThatIsNoPermutation() {
    List<Member> members = members(0, 1, 1, 1, 2, 1, 3, 1);
    for (List<Integer> wrong :
        List.of(
            List.of(0, 1, 2),
            List.of(0, 1, 2, 2),
            List.of(0, 1, 2, 4),
            List.of(0, 1, 2, 3, 3),
            List.<Integer>of())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> view(members, wrong))
          .withMessage("leaderOrder must name every member once");
    }
    view(members, List.of(3, 1, 0, 2));
  }

  // ---- leaders and members ------------------------------------------------------------------

  @Test
  void genesisLeadsInTheOrderOfIds() {
    View view = Views.byzantine(4, 1, 1);

    assertThat(view.leader(0)).isEqualTo(0);
    assertThat(view.leader(3)).isEqualTo(3);
    assertThat(view.leader(4)).isEqualTo(0);
    assertThat(view.leader(4_000_000_000_001L)).isEqualTo(1);
  }

  @Test
  void leaderFollowsOrderAndBase() {
    View view =
        new View(
            3,
            100,
            Mode.BYZANTINE,
            2,
            members(2, 1, 5, 1, 7, 1, 9, 1),
            1,
            List.of(7, 2, 9, 5),
            10,
            LIMITS);

    assertThat(view.leader(10)).isEqualTo(7);
    assertThat(view.leader(11)).isEqualTo(2);
    assertThat(view.leader(13)).isEqualTo(5);
    assertThat(view.leader(14)).isEqualTo(7);
    assertThat(view.leader(9)).isEqualTo(5);
    assertThat(view.leader(0)).isEqualTo(9);
  }

  @Test
  void everyRegencyHasALeader() {
    View view = Views.byzantine(7, 2, 1);

    for (long regency : new long[] {Long.MIN_VALUE, -1, Long.MAX_VALUE, Long.MAX_VALUE - 1}) {
      assertThat(view.contains(view.leader(regency))).isTrue();
    }
  }

  @Test
  void positionsFollowTheMembers() {
    View view = view(members(2, 1, 5, 1, 7, 1, 9, 1), List.of(2, 5, 7, 9));

    assertThat(view.indexOf(7)).isEqualTo(2);
    assertThat(view.indexOf(3)).isEqualTo(-1);
    assertThat(view.contains(9)).isTrue();
    assertThat(view.contains(-1)).isFalse();
    assertThat(view.size()).isEqualTo(4);
  }

  @Test
  void keepsItsOwnCopies() {
    List<Member> members = new ArrayList<>(members(0, 1, 1, 1, 2, 1, 3, 1));
    List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3));
    View view = view(members, order);

    members.clear();
    order.set(0, 3);

    assertThat(view.size()).isEqualTo(4);
    assertThat(view.leader(0)).isEqualTo(0);
  }
}
