package dev.lockstep.protocol.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import java.util.List;
import org.junit.jupiter.api.Test;

class PushVotesTest {
  private final QuorumSystem quorums =
      new QuorumSystem(
          View.genesis(
              View.Mode.BYZANTINE,
              1,
              List.of(1, 1, 1, 1),
              1,
              View.Limits.defaults(View.RequestAuthentication.VOUCHED)),
          Rules.standard().quorum());
  private final PushVotes votes = new PushVotes();

  private static Message.Push push(long instance, int payload) {
    return new Message.Push(instance, 0, 0, new Bytes(new byte[] {(byte) payload}));
  }

  @Test
  void countsOnceWhenOneCorrectReplicaMustHaveSentIt() {
    assertThat(votes.add(0, push(1, 7), quorums)).isFalse();
    assertThat(votes.add(1, push(1, 7), quorums)).isTrue();
    assertThat(votes.add(2, push(1, 7), quorums)).isFalse();
    assertThat(votes.add(3, push(1, 7), quorums)).isFalse();
  }

  @Test
  void oneReplicaAloneOrTwoThatDisagreeConvinceNobody() {
    assertThat(votes.add(0, push(1, 7), quorums)).isFalse();
    assertThat(votes.add(0, push(1, 7), quorums)).isFalse();
    assertThat(votes.add(1, push(1, 8), quorums)).isFalse();
    assertThat(votes.add(0, push(1, 8), quorums)).isFalse();
    assertThat(votes.add(2, push(1, 8), quorums)).isTrue();
  }

  @Test
  void aFloodOfInventedPlacesNeitherPushesOutOthersNorRepeatsWhatIsDone() {
    assertThat(votes.add(1, push(1, 7), quorums)).isFalse();
    assertThat(votes.add(1, push(2, 7), quorums)).isFalse();
    assertThat(votes.add(2, push(2, 7), quorums)).isTrue();
    for (int i = 0; i < 20_000; i++) {
      assertThat(votes.add(0, push(1000 + i, 1), quorums)).isFalse();
    }
    assertThat(votes.add(3, push(2, 7), quorums)).isFalse();
    assertThat(votes.add(2, push(1, 7), quorums)).isTrue();
    // The flooder's own oldest is gone, its newest is still there.
    assertThat(votes.add(1, push(1000, 1), quorums)).isFalse();
    assertThat(votes.add(1, push(20_999, 1), quorums)).isTrue();
  }
}
