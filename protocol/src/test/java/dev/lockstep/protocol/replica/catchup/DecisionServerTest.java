package dev.lockstep.protocol.replica.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.PartFixture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Decisions for those who are behind, within a budget for each. */
class DecisionServerTest {
  private static final int BYTES = 1 << 20;

  private final PartFixture facts = new PartFixture(2);
  private final DecisionServer server =
      new DecisionServer(facts.views, facts.out, facts.log, facts.costs, facts);

  private long decisions() {
    return facts.sent.stream().filter(sent -> sent.message() instanceof Message.Decision).count();
  }

  @Test
  void pushesAFewAndEachOnce() {
    facts.deliverUpTo(100);
    server.push(3, 0);
    assertThat(decisions()).isEqualTo(32);
    server.push(3, 0);
    assertThat(decisions()).isEqualTo(32);
    server.onPeriod();
    server.push(3, 95);
    assertThat(decisions()).isEqualTo(37);
    server.push(3, 95);
    assertThat(decisions()).isEqualTo(37);
  }

  @Test
  void whoAsksIsNotPushed() {
    facts.deliverUpTo(10);
    server.onFetch(3, new Message.FetchDecisions(9, 10, BYTES));
    server.push(3, 0);
    assertThat(decisions()).isEqualTo(2);
    assertThat(facts.sent.get(2).message()).isEqualTo(new Message.Fetched(9, 11, 1, 10));
  }

  @Test
  void answersWithinTheBytesThatWereAskedFor() {
    facts.deliverUpTo(10);
    server.onFetch(3, new Message.FetchDecisions(1, 10, 1));
    assertThat(decisions()).isEqualTo(1);
    server.onFetch(3, new Message.FetchDecisions(20, 30, BYTES));
    assertThat(decisions()).isEqualTo(1);
    assertThat(facts.sent.get(facts.sent.size() - 1).message())
        .isEqualTo(new Message.Fetched(20, 20, 1, 10));
  }

  @Test
  void refusesWhatMakesNoSenseOrIsTooMuch() {
    facts.deliverUpTo(1);
    server.onFetch(3, new Message.FetchDecisions(0, 5, BYTES));
    server.onFetch(3, new Message.FetchDecisions(5, 4, BYTES));
    assertThat(facts.counted).containsExactly(Event.OVER_BUDGET, Event.OVER_BUDGET);
    server.onFetch(3, new Message.FetchDecisions(1, Long.MAX_VALUE, BYTES));
    assertThat(decisions()).isEqualTo(1);
    for (int i = 0; i < 1000; i++) {
      server.onFetch(3, new Message.FetchDecisions(1, 1, BYTES));
    }
    assertThat(decisions()).isLessThan(600);
    // Others have budgets of their own.
    facts.sent.clear();
    server.onFetch(1, new Message.FetchDecisions(1, 1, BYTES));
    assertThat(decisions()).isEqualTo(1);
  }

  @Test
  void anAnswerOfStorageThatNobodyWaitsForIsDropped() {
    server.onRead(3, 1, List.of(facts.chain.decided(1)));
    server.onRead(77, 1, List.of());
    assertThat(facts.sent).isEmpty();
  }
}
