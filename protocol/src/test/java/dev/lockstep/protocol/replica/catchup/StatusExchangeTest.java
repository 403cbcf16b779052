package dev.lockstep.protocol.replica.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.PartFixture;
import dev.lockstep.protocol.replica.kernel.Resends;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RULES 24: STATUS goes out, and what comes in makes others repeat themselves. */
class StatusExchangeTest {
  private static final long PERIOD = PartFixture.PERIOD;

  private final PartFixture facts = new PartFixture(2);
  private final List<String> resent = new ArrayList<>();
  private final List<Resends.Lack> lacks = new ArrayList<>();
  private final DecisionServer server =
      new DecisionServer(facts.views, facts.out, facts.log, facts.costs, facts);
  private final StatusExchange status =
      new StatusExchange(
          facts.views,
          facts.clock,
          facts.out,
          facts.log,
          facts.regency,
          facts.voice,
          facts.peers,
          List.of(repeats("sync"), repeats("stop")),
          repeats("votes"),
          server,
          PERIOD);

  private Resends repeats(String what) {
    return lack -> {
      resent.add(what);
      lacks.add(lack);
    };
  }

  @Test
  void isSentOncePerPeriod() {
    status.start();
    facts.deliverUpTo(2);
    facts.at(10);
    status.onTime();
    status.onTime();
    assertThat(facts.takeSent()).hasSize(3).containsOnly(facts.status(0, true, 2));
    assertThat(status.nextDeadline()).isEqualTo(10 + PERIOD);
    facts.at(10 + PERIOD);
    status.onTime();
    assertThat(facts.sent).hasSize(3);
  }

  /** What one peer can make this replica send is bounded. */
  @Test
  void helpsEachPeerTwicePerPeriod() {
    facts.at(PERIOD);
    for (int i = 0; i < 10; i++) {
      status.onStatus(3, facts.status(0, true, 0));
    }
    status.onStatus(1, facts.status(0, true, 0));
    assertThat(resent).containsExactly("sync", "stop", "votes", "sync", "stop", "votes");
    facts.at(PERIOD + PERIOD / 2);
    status.onStatus(3, facts.status(4, false, 7));
    assertThat(resent).hasSize(9);
    assertThat(lacks.get(8)).isEqualTo(new Resends.Lack(3, 4, false, 7, PERIOD / 2));
  }

  /** A peer that lacks what was just delivered may only have looked too early. */
  @Test
  void pushesWhatWasDeliveredAPeriodAgo() {
    status.start();
    facts.deliverUpTo(2);
    status.onStatus(3, facts.status(0, true, 0));
    assertThat(facts.sent).isEmpty();
    status.onTime();
    facts.sent.clear();
    facts.at(PERIOD);
    status.onStatus(3, facts.status(0, true, 0));
    assertThat(facts.takeSent()).hasSize(2).hasOnlyElementsOfType(Message.Decision.class);
    status.noteLastDelivered(1, 1);
    status.noteLastDelivered(1, -1);
    assertThat(facts.takeSent()).hasSize(1);
  }

  @Test
  void aNewChannelGetsEverythingAnew() {
    facts.at(PERIOD);
    status.onReconnect(1);
    assertThat(facts.takeSent()).containsExactly(facts.status(0, true, 0));
    assertThat(resent).containsExactly("votes", "sync", "stop");
    assertThat(lacks.get(0)).isEqualTo(new Resends.Lack(1, 0, false, 0, PERIOD));
  }

  @Test
  void afterASyncLaggardsHearAtOnce() {
    facts.peers.onStatus(3, facts.status(0, true, 0));
    facts.deliverUpTo(2);
    status.onSynced(List.of());
    assertThat(facts.sent).extracting(PartFixture.Sent::to).containsExactly(3, 3);
  }
}
