package dev.lockstep.protocol.replica.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.admission.LostRequests;
import dev.lockstep.protocol.replica.admission.Replies;
import dev.lockstep.protocol.replica.facts.Facts;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.kernel.DeliveryListener;
import dev.lockstep.protocol.state.ReplyCache;
import dev.lockstep.protocol.view.Views;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DelivererTest implements DeliveryListener {
  private final Facts facts = new Facts(1, Views.byzantine(4, 1, 4));
  private final ReplyCache held = new ReplyCache(facts.view.limits());
  private final Replies replies = new Replies(1, facts.views, facts.log, facts.voice, held, facts);
  private final ExecutionQueue executing = new ExecutionQueue(facts.views, held, replies);
  private final List<Slot> lacking = new ArrayList<>();
  private final List<Long> instances = new ArrayList<>();
  private int runs;
  private boolean open = true;

  private final Deliverer deliverer =
      new Deliverer(
          facts.clock,
          facts.work,
          facts.out,
          facts.durable,
          facts.views,
          facts.log,
          facts.window,
          facts.voice,
          facts.timeouts,
          facts.values,
          facts.pool,
          facts.sessions,
          executing,
          new LostRequests(facts.out, facts.sessions, replies),
          lacking::add,
          instance -> open,
          this,
          facts);

  @Override
  public void onInstance(long instance) {
    instances.add(instance);
  }

  @Override
  public void onDelivered() {
    runs++;
  }

  private void decide(long instance, boolean withValue) {
    // Values of a window have the same ancestor as long as nothing is delivered.
    Batch batch = facts.emptyBatch(instance, 0);
    Slot slot = facts.window.open(instance);
    if (withValue) {
      facts.values.add(slot, batch);
    }
    slot.consensus.decide(Facts.certificate(batch));
  }

  @Test
  void decisionsAreDeliveredInOrderWithoutGaps() {
    decide(1, true);
    decide(2, true);
    decide(4, true);
    deliverer.advance();
    assertThat(instances).containsExactly(1L, 2L);
    assertThat(runs).isEqualTo(1);
    assertThat(facts.log.last()).isEqualTo(2);
    assertThat(facts.views.horizon()).isEqualTo(6);
    assertThat(facts.deliveries).hasSize(2);
    assertThat(facts.persisted).hasSize(2).allMatch(each -> each instanceof Record.Decided);
    assertThat(facts.window.slotOrNull(1)).isNull();
  }

  @Test
  void aValueThatIsMissingIsAskedFor() {
    decide(1, false);
    deliverer.advance();
    assertThat(lacking).containsExactly(facts.window.slotOrNull(1));
    assertThat(runs).isZero();
  }

  @Test
  void theGateHoldsEverythingBack() {
    decide(1, true);
    open = false;
    deliverer.advance();
    assertThat(facts.deliveries).isEmpty();
  }

  @Test
  void aReplayedDecisionIsNeitherStoredNorAnnounced() {
    Batch batch = facts.emptyBatch(1, 0);
    deliverer.replay(new Record.Decided(batch, Facts.certificate(batch), List.of()));
    assertThat(facts.log.last()).isEqualTo(1);
    assertThat(facts.deliveries).hasSize(1);
    assertThat(facts.persisted).isEmpty();
    assertThat(instances).isEmpty();
  }

  @Test
  void theServiceAnswersInOrder() {
    decide(1, true);
    deliverer.advance();
    assertThatThrownBy(() -> executing.onExecuted(2, List.of()))
        .hasMessageContaining("executed 2 but expected");
  }

  @Test
  void aSlowServiceHoldsDeliveryBack() {
    for (long t = 1; t <= 70; t++) {
      decide(t, true);
      deliverer.advance();
    }
    assertThat(facts.deliveries).as("no further than the bound").hasSize(64);
    assertThat(executing.isFull()).isTrue();
    executing.onExecuted(1, List.of()).run();
    deliverer.advance();
    assertThat(facts.deliveries).hasSize(65);
  }

  @Test
  void aStateOfOthersPassesWhatIsBelow() {
    decide(1, false);
    decide(3, true);
    facts.append();
    facts.append();
    deliverer.onAdopted(2);
    assertThat(facts.window.slotOrNull(1)).isNull();
    assertThat(facts.window.slotOrNull(3)).isNotNull();
    assertThat(facts.work.isAll()).isTrue();
  }
}
