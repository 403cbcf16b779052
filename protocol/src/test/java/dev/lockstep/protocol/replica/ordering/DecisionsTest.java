package dev.lockstep.protocol.replica.ordering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.facts.Facts;
import dev.lockstep.protocol.replica.ordering.Decisions.Worth;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecisionsTest {
  private final Parts parts = new Parts(1, Views.byzantine(4, 1, 4));
  private final Facts facts = parts.facts;
  private final Decisions decisions = parts.decisions;

  private Message.Decision decision(Batch batch) {
    return new Message.Decision(batch, Facts.certificate(batch), List.of());
  }

  @Test
  void aProvedDecisionIsHeld() {
    Batch batch = facts.emptyBatch(1, 0);
    assertThat(decisions.onDecision(2, decision(batch))).isEqualTo(Worth.GOOD);
    assertThat(facts.window.slotOrNull(1).decidedValueOrNull()).isEqualTo(batch);
  }

  @Test
  void aDecisionThatDoesNotProveItselfIsFalse() {
    parts.certificatesAreValid = false;
    assertThat(decisions.onDecision(2, decision(facts.emptyBatch(1, 0)))).isEqualTo(Worth.FALSE);
    assertThat(facts.window.size()).isZero();
  }

  @Test
  void aCertificateOfAnotherValueProvesNothing() {
    Batch batch = facts.emptyBatch(1, 0);
    Batch other = facts.emptyBatch(1, 3);
    assertThat(
            decisions.onDecision(
                2, new Message.Decision(batch, Facts.certificate(other), List.of())))
        .isEqualTo(Worth.FALSE);
  }

  @Test
  void aDecisionFarAboveIsUnwanted() {
    Batch batch = facts.emptyBatch(1, 0);
    Batch.Header header = batch.header();
    Batch far =
        new Batch(
            new Batch.Header(
                header.view(),
                facts.window.lookahead() + 1,
                header.timestampMicros(),
                header.nonceSeed(),
                0,
                header.ancestor()),
            List.of());
    assertThat(decisions.onDecision(2, decision(far))).isEqualTo(Worth.UNWANTED);
    decisions.onProvedDecision(Facts.certificate(far));
    assertThat(facts.window.size()).isZero();
  }

  @Test
  void whatIsDeliveredIsGoodAndNothingNew() {
    Batch batch = facts.emptyBatch(1, 0);
    facts.append();
    assertThat(decisions.onDecision(2, decision(batch))).isEqualTo(Worth.GOOD);
    assertThat(facts.window.size()).isZero();
  }

  @Test
  void aValueThatNobodyBoundIsDropped() {
    Batch batch = facts.emptyBatch(1, 0);
    facts.window.open(1);
    decisions.onValue(batch);
    assertThat(facts.window.slotOrNull(1).values).isEmpty();
    decisions.onProvedDecision(Facts.certificate(batch));
    decisions.onValue(batch);
    assertThat(facts.window.slotOrNull(1).values).hasSize(1);
  }
}
