package dev.lockstep.protocol.replica.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.PartFixture;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A laggard asks many for a little each, and leaves out who is of no use. */
class DecisionFetcherTest {
  private static final long FETCH = 50_000;

  private final PartFixture facts = new PartFixture(2);
  private final DecisionFetcher fetcher =
      new DecisionFetcher(
          facts.self,
          facts.genesis,
          facts.views,
          facts.clock,
          facts.out,
          facts.log,
          facts.window,
          facts.pool,
          FETCH,
          PartFixture.PERIOD);

  private List<Message.FetchDecisions> questions() {
    return facts.takeSent().stream()
        .filter(message -> message instanceof Message.FetchDecisions)
        .map(message -> (Message.FetchDecisions) message)
        .toList();
  }

  @Test
  void aLittleBehindIsNoReasonToAsk() {
    fetcher.start();
    fetcher.onClaim(1, 2L * PartFixture.W);
    assertThat(facts.sent).isEmpty();
  }

  @Test
  void asksForDifferentRangesUpToABound() {
    fetcher.start();
    fetcher.onClaim(1, 1000);
    fetcher.onClaim(3, 1000);
    List<PartFixture.Sent> sent = List.copyOf(facts.sent);
    List<Message.FetchDecisions> questions = questions();
    assertThat(questions).hasSize(4);
    assertThat(questions)
        .extracting(Message.FetchDecisions::from)
        .containsExactly(1L, 65L, 129L, 193L);
    assertThat(sent).extracting(PartFixture.Sent::to).contains(1);
  }

  @Test
  void anAnswerMakesRoomForTheNextQuestion() {
    fetcher.start();
    fetcher.onClaim(1, 1000);
    questions();
    fetcher.onDecision(1, 1);
    fetcher.onFetched(1, new Message.Fetched(1, 65, 1, 1000));
    assertThat(questions()).hasSize(1);
    // An answer to nothing changes nothing.
    fetcher.onFetched(3, new Message.Fetched(1, 65, 1, 1000));
    assertThat(questions()).isEmpty();
  }

  @Test
  void theSilentAreReplaced() {
    fetcher.start();
    fetcher.onClaim(1, 100);
    questions();
    fetcher.onClaim(3, 100);
    assertThat(questions()).isEmpty();
    facts.at(4 * FETCH);
    fetcher.onClaim(3, 100);
    fetcher.onTime();
    assertThat(facts.counted).contains(Event.SOURCE_REPLACED);
    assertThat(facts.sent).isNotEmpty().extracting(PartFixture.Sent::to).containsOnly(3);
  }

  @Test
  void whoSendsWhatIsNoDecisionIsLeftOut() {
    fetcher.start();
    fetcher.onClaim(1, 100);
    facts.sent.clear();
    fetcher.onFalseDecision(1);
    fetcher.onClaim(1, 101);
    assertThat(facts.sent).isEmpty();
    fetcher.onClaim(3, 100);
    assertThat(facts.sent).extracting(PartFixture.Sent::to).containsOnly(3);
  }

  /** One may lie about what it has dropped; of two one is correct. */
  @Test
  void outOfReachIsWhatOneCorrectHasDropped() {
    fetcher.start();
    fetcher.onClaim(1, 1000);
    fetcher.onClaim(3, 1000);
    fetcher.onFetched(1, new Message.Fetched(1, 1, 500, 1000));
    facts.at(4 * FETCH + 1);
    assertThat(fetcher.isOutOfReach()).isFalse();
    fetcher.onFetched(3, new Message.Fetched(1, 1, 500, 1000));
    boolean both = fetcher.isOutOfReach();
    facts.deliverUpTo(1);
    fetcher.onDelivered();
    assertThat(both).isTrue();
    assertThat(fetcher.isOutOfReach()).isFalse();
  }
}
