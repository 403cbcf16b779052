package dev.lockstep.protocol.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** RULES 33: replicas 0 to 3 are followed by 2 to 5, so 2 and 3 are members of both. */
class JointQuorumsTest {
  private final Quorums older = Views.quorums(Views.byzantine(4, 1, 1));
  private final Quorums newer = Views.quorums(ofMembers(2, 3, 4, 5));
  private final Quorums joint = new JointQuorums(older, newer);

  private static View ofMembers(Integer... ids) {
    View first = Views.byzantine(ids.length, 1, 1);
    return new View(
        1,
        100,
        first.mode(),
        1,
        Stream.of(ids).map(id -> new View.Member(id, 1)).toList(),
        1,
        List.of(ids),
        0,
        first.limits());
  }

  private VoteSet of(int... replicas) {
    VoteSet set = joint.none();
    for (int replica : replicas) {
      set.add(replica);
    }
    return set;
  }

  @Test
  void aQuorumOfOneViewIsNone() {
    assertThat(of(0, 1, 2).isVoteQuorum()).isFalse();
    assertThat(of(3, 4, 5).isVoteQuorum()).isFalse();
  }

  @Test
  void aQuorumHasEnoughOfBothViews() {
    assertThat(of(1, 2, 3, 4).isVoteQuorum()).isTrue();
    assertThat(of(1, 2, 3, 4).isInstall()).isTrue();
    assertThat(of(0, 1, 2, 4).isVoteQuorum()).isFalse();
  }

  @Test
  void oneCorrectOfEachViewIsNeeded() {
    assertThat(of(0, 1).hasOneCorrect()).isFalse();
    assertThat(of(2, 3).hasOneCorrect()).isTrue();
    assertThat(of(0, 2, 4).hasOneCorrect()).isTrue();
  }

  @Test
  void strangersDoNotCount() {
    assertThat(of(7, 8, 9).isEmpty()).isTrue();
    assertThat(joint.contains(7)).isFalse();
    assertThat(joint.contains(5)).isTrue();
  }

  @Test
  void whoIsTakenOutCountsNoMore() {
    VoteSet set = of(1, 2, 3, 4);
    set.remove(3);
    assertThat(set.contains(3)).isFalse();
    assertThat(set.isVoteQuorum()).isFalse();
  }

  @Test
  void aNumberIsReachedWhenBothViewsReachIt() {
    Map<Integer, Long> asked = Map.of(0, 9L, 1, 9L, 2, 5L, 3, 4L, 4, 3L, 5, 0L);
    assertThat(older.reachedByOneCorrect(asked::get)).isEqualTo(9);
    assertThat(newer.reachedByOneCorrect(asked::get)).isEqualTo(4);
    assertThat(joint.reachedByOneCorrect(asked::get)).isEqualTo(4);
    assertThat(joint.reachedByInstall(asked::get)).isEqualTo(3);
  }
}
