package dev.lockstep.protocol.replica.facts;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.view.Views;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;


class WindowTest {
  private final Facts facts = new Facts(1, Views.byzantine(4, 1, 4));
  private final Window window = facts.window;

  @Test
  void votesGoUpToTheWindowAndAreKeptUpToTwice() {
    assertThat(window.isVotable(0)).isFalse();
    assertThat(window.isVotable(4)).isTrue();
    assertThat(window.isVotable(5)).isFalse();
    assertThat(window.isKept(8)).isTrue();
    assertThat(window.isKept(9)).isFalse();
    assertThat(window.isKept(Long.MAX_VALUE)).isFalse();
    facts.append();
    assertThat(window.isKept(1)).isFalse();
    assertThat(window.isKept(9)).isTrue();
  }

  @Test
  void aSlotIsOfItsView() {
    Slot slot = window.open(3);
    assertThat(slot.view).isSameAs(facts.view);
    assertThat(window.open(3)).isSameAs(slot);
    assertThat(window.slotOrNull(2)).isNull();
    assertThat(window.highest()).isEqualTo(3);
  }

  @Test
  void onlyTheGapIsFilledWhenMuchIsHeld() {
    Slot slot = window.open(20);
    assertThat(window.mayHold(20)).isTrue();
    window.onHeld(slot, 17L << 20);
    window.onHeld(slot, 17L << 20);
    assertThat(window.isFull()).isTrue();
    assertThat(window.mayHold(20)).isFalse();
    assertThat(window.mayHold(8)).as("near ones always").isTrue();
    window.pass(slot, false);
    assertThat(window.isFull()).isFalse();
    assertThat(window.mayHold(window.lookahead())).isTrue();
    assertThat(window.mayHold(window.lookahead() + 1)).isFalse();
  }

  @Test
  void votesThatATentativeStatePassedAreOpenAgain() {
    Batch batch = facts.emptyBatch(2, 0);
    Slot voted = window.open(2);
    facts.values.add(voted, batch);
    voted.consensus.restoreWrote(0, batch.digest());
    Slot never = window.open(1);
    assertThat(window.pass(never, true)).isTrue();
    assertThat(window.pass(voted, true)).isFalse();
    assertThat(window.size()).isZero();
    window.reopenAbove(1);
    assertThat(window.slotOrNull(2)).isSameAs(voted);
    assertThat(window.takePassed()).isEmpty();
  }

  @Test
  void whatWasPassedIsReleasedWhenTheStateIsProved() {
    Batch batch = facts.emptyBatch(2, 0);
    Slot voted = window.open(2);
    facts.values.add(voted, batch);
    voted.consensus.restoreWrote(0, batch.digest());
    window.pass(voted, true);
    assertThat(window.takePassed()).containsExactly(voted);
    window.reopenAbove(0);
    assertThat(window.size()).isZero();
  }

  @Test
  void aDecisionIsFoundDeliveredOrNot() {
    Batch batch = facts.emptyBatch(1, 0);
    assertThat(window.decisionOrNull(1)).isNull();
    window.open(1).consensus.decide(Facts.certificate(batch));
    assertThat(window.decisionOrNull(1)).isEqualTo(Facts.certificate(batch));
    facts.append();
    assertThat(window.decisionOrNull(1)).isNotNull();
  }
}
