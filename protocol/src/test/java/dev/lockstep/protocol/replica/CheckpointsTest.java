package dev.lockstep.protocol.replica;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Checkpoint;
import dev.lockstep.protocol.port.StartState;
import dev.lockstep.protocol.view.View;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When checkpoints are taken, and what goes because of them. */
class CheckpointsTest {
  private static final View VIEW = Views.byzantine(4, 1, 3);

  private final DecisionChain chain = new DecisionChain(VIEW);
  private final ReplicaHarness harness = harness(StartState.fresh());
  private long next = 1;

  private static ReplicaHarness harness(StartState state) {
    return new ReplicaHarness(
        1, VIEW, ReplicaConfig.Budgets.defaults(), state, new ReplicaConfig.Checkpointing(20, 64));
  }

  private void decideUpTo(long instance) {
    for (; next <= instance; next++) {
      harness.receive(
          0, new Message.Decision(chain.batch(next), chain.certificate(next), List.of()));
    }
    assertThat(harness.replica.lastDelivered()).isEqualTo(instance);
  }

  private void answer() {
    harness.replica.onCheckpointed(harness.taken.remove(0));
  }

  @Test
  void eachReplicaHasItsPoint() {
    for (int member = 0; member < 4; member++) {
      for (long t = 1; t <= 60; t++) {
        assertThat(harness.replica.parts.checkpoints.isDue(t, member))
            .isEqualTo(t % 20 == (member + 1) * 5 % 20);
      }
    }
  }

  /**
   * The log goes when the newer of two is durable, and not before; then the third drives one out.
   */
  @Test
  void twoAreKeptAndTheLogBelowTheOlderGoes() {
    decideUpTo(10);
    assertThat(harness.taken).extracting(Checkpoint::instance).containsExactly(10L);
    answer();
    decideUpTo(30);
    assertThat(harness.truncatedBelow).isZero();
    answer();
    assertThat(harness.truncatedBelow).isEqualTo(11);
    decideUpTo(50);
    assertThat(harness.released).isEmpty();
    answer();
    assertThat(harness.released).containsExactly(10L);
    assertThat(harness.truncatedBelow).isEqualTo(31);
  }

  @Test
  void aSlowDiskSkipsTheNext() {
    decideUpTo(40);
    assertThat(harness.taken).extracting(Checkpoint::instance).containsExactly(10L);
    answer();
    decideUpTo(50);
    assertThat(harness.taken).extracting(Checkpoint::instance).containsExactly(50L);
  }

  /** One that somebody reads stays, and so does the log that leads on from it. */
  @Test
  void whatIsReadStays() {
    decideUpTo(10);
    answer();
    decideUpTo(30);
    answer();
    harness.receive(3, new Message.FetchPiece(10, 0));
    decideUpTo(50);
    answer();
    assertThat(harness.released).isEmpty();
    assertThat(harness.truncatedBelow).isEqualTo(11);
    harness.advance(60_000_000);
    decideUpTo(70);
    answer();
    assertThat(harness.released).containsExactly(10L, 30L);
    assertThat(harness.truncatedBelow).isEqualTo(51);
  }

  /**
   * The answer for a state that was given up must not pass for one of another state that has
   * reached the same instance meanwhile.
   */
  @Test
  void theAnswerForAForgottenStateCountsForNothing() {
    decideUpTo(10);
    harness.replica.parts.checkpoints.forget();
    assertThat(harness.replica.parts.checkpoints.isTaking()).isTrue();
    decideUpTo(30);
    assertThat(harness.taken).hasSize(1);
    answer();
    assertThat(harness.released).containsExactly(10L);
    assertThat(harness.replica.parts.checkpoints.isTaking()).isFalse();
    decideUpTo(50);
    answer();
    decideUpTo(70);
    answer();
    assertThat(harness.truncatedBelow).isEqualTo(51);
  }

  @Test
  void aRestartGoesOnFromACheckpoint() {
    decideUpTo(10);
    Checkpoint checkpoint = harness.taken.get(0);
    ReplicaHarness again =
        harness(
            new StartState(
                StartState.Kind.INTACT,
                List.of(chain.decided(9), chain.decided(10), chain.decided(11)),
                checkpoint));
    assertThat(again.replica.lastDelivered()).isEqualTo(11);
    decideUpTo(11);
    assertThat(again.replica.sessionHash()).isEqualTo(harness.replica.sessionHash());
    again.sent.clear();
    again.receive(2, new Message.FetchOffers());
    assertThat(again.sent.get(0).message())
        .isInstanceOfSatisfying(
            Message.Offers.class,
            offers -> {
              assertThat(offers.offers()).extracting(Message.Offer::instance).containsExactly(10L);
              assertThat(offers.first()).isEqualTo(9);
            });
  }
}
