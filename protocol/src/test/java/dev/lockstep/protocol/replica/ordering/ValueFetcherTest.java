package dev.lockstep.protocol.replica.ordering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.Propose;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.replica.facts.Facts;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValueFetcherTest {
  private final Parts parts = new Parts(1, Views.byzantine(4, 1, 4));
  private final Facts facts = parts.facts;
  private final ValueFetcher fetcher = parts.fetcher;

  private void pass(long micros) {
    facts.advance(micros);
    fetcher.onTime();
  }

  private Slot decidedWithoutValue() {
    Slot slot = facts.window.open(1);
    slot.consensus.decide(Facts.certificate(facts.emptyBatch(1, 0)));
    fetcher.lacks(slot);
    return slot;
  }

  @Test
  void nothingIsDueWhenNothingLacks() {
    facts.window.open(1);
    assertThat(fetcher.nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aValueIsAskedForInTurnAndLessAndLessOften() {
    decidedWithoutValue();
    assertThat(fetcher.nextDeadline()).isEqualTo(Parts.FETCH_MICROS / 2);
    pass(Parts.FETCH_MICROS / 2);
    pass(Parts.FETCH_MICROS);
    pass(2 * Parts.FETCH_MICROS);
    assertThat(facts.sent).extracting(Facts.Sent::to).doesNotHaveDuplicates().hasSize(3);
    assertThat(facts.sent(Message.FetchValue.class)).hasSize(3);
    assertThat(fetcher.nextDeadline() - facts.clock.now()).isEqualTo(4 * Parts.FETCH_MICROS);
  }

  @Test
  void whatCameIsNotAskedForAgain() {
    Slot slot = decidedWithoutValue();
    facts.values.add(slot, facts.emptyBatch(1, 0));
    pass(Parts.FETCH_MICROS);
    assertThat(facts.sent).isEmpty();
    assertThat(fetcher.nextDeadline()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theLeaderIsToldWhatIsMissingAndThenAll() {
    Request request = Parts.request(1);
    Batch empty = facts.emptyBatch(1, 0);
    Batch batch = new Batch(empty.header(), List.of(request.reference()));
    parts.voter.onPropose(0, new Propose(1, 0, batch, List.of()));
    pass(Parts.REQUEST_MICROS / 4);
    assertThat(facts.sent).hasSize(1);
    assertThat(facts.sent.get(0).to()).isZero();
    assertThat(facts.sent(Message.Missing.class).get(0).overdue()).isFalse();
    facts.sent.clear();
    pass(2 * Parts.REQUEST_MICROS);
    assertThat(facts.sent(Message.Missing.class).get(0).overdue()).isTrue();
    assertThat(facts.sent(Message.FetchRequests.class).get(0).vouch()).isTrue();
    assertThat(facts.sent).extracting(Facts.Sent::to).containsOnly(-1);
  }
}
