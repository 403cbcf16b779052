package dev.lockstep.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.view.View.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** RULES 2, against brute force. */
class QuorumSystemTest {

  // ---- properties of any valid view ---------------------------------------------------------

  /** Whatever f replicas are faulty, two vote quorums share a correct one. */
  @Property(tries = 150)
  void twoVoteQuorumsMeetInACorrectReplica(@ForAll long seed, @ForAll Mode mode) {
    View view = Views.random(new Random(seed), mode, 1, 8);
    QuorumSystem quorums = Views.quorums(view);
    List<Long> minimal = minimalQuorums(quorums);
    // In crash mode a faulty replica stops but never lies: any common replica will do.
    int lying = mode == Mode.BYZANTINE ? view.faults() : 0;

    for (long one : minimal) {
      for (long other : minimal) {
        assertThat(canAllBeFaulty(one & other, lying)).isFalse();
        if (mode == Mode.BYZANTINE) {
          assertThat(quorums.weight(one & other)).isGreaterThan(heaviest(view));
        }
      }
    }
  }

  /** Whatever f replicas are silent, the others are enough for everything. */
  @Property(tries = 150)
  void anyCorrectReplicasSuffice(@ForAll long seed, @ForAll Mode mode) {
    View view = Views.random(new Random(seed), mode, 1, 8);
    QuorumSystem quorums = Views.quorums(view);
    long all = (1L << view.size()) - 1;

    for (long silent = 0; silent <= all; silent++) {
      if (Long.bitCount(silent) == view.faults()) {
        assertThat(quorums.isVoteQuorum(all & ~silent)).isTrue();
        assertThat(quorums.isInstall(all & ~silent)).isTrue();
        assertThat(quorums.hasOneCorrect(all & ~silent)).isTrue();
      }
    }
  }

  @Property(tries = 150)
  void countsHoldCorrectReplicas(@ForAll long seed, @ForAll Mode mode) {
    View view = Views.random(new Random(seed), mode, 1, 8);
    QuorumSystem quorums = Views.quorums(view);
    int lying = mode == Mode.BYZANTINE ? view.faults() : 0;

    for (long set = 0; set < 1L << view.size(); set++) {
      int count = Long.bitCount(set);
      assertThat(quorums.hasOneCorrect(set)).isEqualTo(!canAllBeFaulty(set, lying));
      // Enough that the correct ones among them make everybody join.
      assertThat(quorums.isInstall(set)).isEqualTo(count >= view.faults() + lying + 1);
      if (quorums.isInstall(set)) {
        assertThat(count - lying).isGreaterThanOrEqualTo(quorums.oneCorrect());
      }
    }
  }

  // ---- figures ------------------------------------------------------------------------------

  @Test
  void plainGroups() {
    assertThat(Views.quorums(Views.byzantine(4, 1, 1)).vote()).isEqualTo(3);
    assertThat(Views.quorums(Views.byzantine(7, 2, 1)).vote()).isEqualTo(5);
    assertThat(Views.quorums(Views.byzantine(1, 0, 1)).vote()).isEqualTo(1);
    assertThat(Views.quorums(Views.crash(3, 1, 1)).vote()).isEqualTo(2);
    assertThat(Views.quorums(Views.crash(4, 1, 1)).vote()).isEqualTo(3);
    assertThat(Views.quorums(Views.crash(5, 2, 1)).vote()).isEqualTo(3);
  }

  /** T7: 2f+1 is too little as soon as n is more than 3f+1. */
  @Test
  void sixReplicasOneFaultNeedFourVotes() {
    QuorumSystem quorums = Views.quorums(Views.byzantine(6, 1, 1));

    assertThat(quorums.vote()).isEqualTo(4);
    assertThat(quorums.isVoteQuorum(0b000111)).isFalse();
    assertThat(quorums.isVoteQuorum(0b001111)).isTrue();
    assertThat(quorums.oneCorrect()).isEqualTo(2);
    assertThat(quorums.install()).isEqualTo(3);
  }

  /** T13. */
  @Test
  void mixedWeightsInCrashMode() {
    QuorumSystem quorums = Views.quorums(Views.weighted(Mode.CRASH, 2, 2, 2, 1, 1, 1, 1, 1));

    assertThat(quorums.vote()).isEqualTo(5);
    assertThat(quorums.isVoteQuorum(0b0011101)).isTrue();
    assertThat(quorums.isVoteQuorum(0b0000111)).isTrue();
    assertThat(quorums.isVoteQuorum(0b0001101)).isFalse();
    assertThat(quorums.isVoteQuorum(0b1111100)).isTrue();
    for (long one : minimalQuorums(quorums)) {
      for (long other : minimalQuorums(quorums)) {
        assertThat(one & other).isNotZero();
      }
    }
    assertThat(quorums.oneCorrect()).isEqualTo(1);
    assertThat(quorums.install()).isEqualTo(3);
  }

  /** Weights, with the tight threshold (RULES 2). */
  @Test
  void wheatWeights() {
    check(wheat(1, 1, 2, 1), 7, 5, 3);
    check(wheat(2, 1, 3, 2), 20, 14, 5);
    check(wheat(2, 3, 5, 2), 32, 22, 5);
    // The closed form says 33 and 27; the tight one needs as many replicas.
    check(wheat(3, 2, 5, 3), 48, 32, 7);
    check(wheat(3, 1, 4, 3), 39, 26, 7);
  }

  @Test
  void weightsCountForVotesOnly() {
    QuorumSystem quorums = Views.quorums(Views.weighted(Mode.BYZANTINE, 1, 2, 2, 1, 1, 1));

    assertThat(quorums.weight(0b00011)).isEqualTo(4);
    assertThat(quorums.hasOneCorrect(0b00001)).isFalse();
    assertThat(quorums.hasOneCorrect(0b11000)).isTrue();
    assertThat(quorums.isInstall(0b00011)).isFalse();
    assertThat(quorums.isInstall(0b11100)).isTrue();
    assertThat(quorums.isVoteQuorum(0b11100)).isFalse();
  }

  @Test
  void bitsArePositionsNotIds() {
    View plain = Views.byzantine(4, 1, 1);
    List<View.Member> members = new ArrayList<>();
    for (int id : new int[] {3, 70, 71, 900}) {
      members.add(new View.Member(id, 1));
    }
    View view =
        new View(0, 1, Mode.BYZANTINE, 1, members, 1, List.of(3, 70, 71, 900), 0, plain.limits());
    QuorumSystem quorums = Views.quorums(view);

    assertThat(quorums.bit(71)).isEqualTo(4);
    assertThat(quorums.bit(0)).isZero();
    assertThat(quorums.bit(-1)).isZero();
  }

  // ---- helpers ------------------------------------------------------------------------------

  private static View wheat(int faults, int extra, int heavy, int light) {
    List<Integer> weights = new ArrayList<>();
    for (int i = 0; i < 3 * faults + 1 + extra; i++) {
      weights.add(i < 2 * faults ? heavy : light);
    }
    return Views.weighted(Mode.BYZANTINE, faults, weights.toArray(Integer[]::new));
  }

  private static void check(View view, long total, long vote, int fewest) {
    QuorumSystem quorums = Views.quorums(view);
    assertThat(quorums.weight((1L << view.size()) - 1)).isEqualTo(total);
    assertThat(quorums.vote()).isEqualTo(vote);
    assertThat(minimalQuorums(quorums).stream().mapToInt(Long::bitCount).min()).hasValue(fewest);
    assertThat(total - heaviest(view)).isGreaterThanOrEqualTo(vote);
  }

  private static long heaviest(View view) {
    return view.members().stream()
        .map(View.Member::weight)
        .sorted((a, b) -> b - a)
        .limit(view.faults())
        .mapToLong(weight -> weight)
        .sum();
  }

  private static boolean canAllBeFaulty(long set, int faults) {
    return Long.bitCount(set) <= faults;
  }

  private static List<Long> minimalQuorums(QuorumSystem quorums) {
    List<Long> minimal = new ArrayList<>();
    for (long set = 0; set < 1L << quorums.view().size(); set++) {
      boolean isMinimal = quorums.isVoteQuorum(set);
      for (long rest = set; rest != 0; rest &= rest - 1) {
        isMinimal &= !quorums.isVoteQuorum(set & ~Long.lowestOneBit(rest));
      }
      if (isMinimal) {
        minimal.add(set);
      }
    }
    return minimal;
  }
}
