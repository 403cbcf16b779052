package dev.lockstep.protocol.replica.regency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.Message.StopData;
import dev.lockstep.protocol.message.Message.Sync;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Event;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The leader of regency 1 collects what others state, and believes nothing unseen. */
class SyncLeaderTest {
  private final RegencyParts parts = new RegencyParts(1);
  private final SyncLeader leader = parts.leader;

  private void state(int... replicas) {
    for (int replica : replicas) {
      leader.onStopData(replica, parts.nothing(replica, 1));
    }
  }

  private long syncs() {
    return parts.facts.sent.stream().filter(sent -> sent.message() instanceof Sync).count();
  }

  @Test
  void aVoteQuorumOfEntriesMakesASync() {
    parts.stops.install(1);
    state(0, 1);
    assertThat(syncs()).isZero();
    state(0);
    assertThat(syncs()).isZero();
    state(3);
    assertThat(syncs()).isEqualTo(3);
    assertThat(parts.facts.regency.isSynced()).isTrue();
    Sync sync = (Sync) parts.facts.sent.get(parts.facts.sent.size() - 1).message();
    assertThat(sync.entries()).extracting(entry -> entry.core().replica()).containsExactly(0, 1, 3);
    // Late ones are of no use any more.
    state(2);
    assertThat(parts.facts.counted).contains(Event.STALE_REGENCY);
  }

  @Test
  void whatComesBeforeTheRegencyIsKept() {
    state(0, 3);
    StopData own = parts.nothing(1, 1);
    parts.stops.install(1);
    assertThat(syncs()).isZero();
    leader.onStopData(1, own);
    assertThat(syncs()).isEqualTo(3);
  }

  @Test
  void keepsNothingForRegenciesThatOthersLead() {
    leader.onStopData(0, parts.nothing(0, 2));
    assertThat(parts.facts.counted).containsExactly(Event.NOT_LEADER);
    parts.stops.install(2);
    state(0);
    leader.onStopData(0, parts.nothing(0, 2));
    assertThat(parts.facts.counted).endsWith(Event.STALE_REGENCY, Event.NOT_LEADER);
  }

  @Test
  void refusesWhatIsNotSoundAndCountsIt() {
    parts.stops.install(1);
    parts.facts.counted.clear();
    // Of another sender than it says.
    leader.onStopData(0, parts.nothing(2, 1));
    // Signed by another one.
    leader.onStopData(0, parts.stated(3, new Testimony(1, 0, 0, 0, List.of(), List.of())));
    // Decisions without their certificates.
    leader.onStopData(
        0,
        parts.stated(
            0,
            new Testimony(
                1,
                0,
                0,
                1,
                List.of(new Testimony.Decided(1, parts.facts.chain.batch(1).digest())),
                List.of())));
    // More certificates than can be of use.
    StopData good = parts.nothing(0, 1);
    leader.onStopData(
        0,
        new StopData(good.testimony(), Collections.nCopies(7, parts.facts.chain.certificate(1))));
    assertThat(parts.facts.counted).hasSize(4).containsOnly(Event.BAD_STOPDATA);
    state(1, 2, 3);
    assertThat(syncs()).isEqualTo(3);
  }

  private Sync sent() {
    return (Sync) parts.facts.sent.get(parts.facts.sent.size() - 1).message();
  }

  /** RULES 27: another entry shows that its sender has forgotten what it stated. */
  @Test
  void whoLostItsVotesCountsNoMore() {
    parts.stops.install(1);
    state(0, 1);
    leader.onStopData(3, parts.nothing(3, 1, 0, parts.facts.claim(0, 1)));
    assertThat(syncs()).isZero();
    state(2);
    assertThat(syncs()).isEqualTo(3);
    assertThat(sent().entries())
        .extracting(entry -> entry.core().replica())
        .containsExactly(1, 3, 2);
  }

  /** What the leader itself knows has no influence, since receivers may know something else. */
  @Test
  void onlyWhatEntriesShowCounts() {
    parts.facts.incarnations.acknowledge(parts.facts.claim(0, 1));
    parts.stops.install(1);
    state(0, 1, 3);
    assertThat(syncs()).isEqualTo(3);
  }

  @Test
  void aNewerLifeReplacesAnOlderOne() {
    parts.stops.install(1);
    state(0, 1);
    leader.onStopData(0, parts.nothing(0, 1, 1));
    leader.onStopData(3, parts.nothing(3, 1, 0, parts.facts.claim(0, 1)));
    assertThat(sent().entries())
        .extracting(entry -> entry.core().incarnation())
        .containsExactly(1L, 0L, 0L);
  }

  /**
   * Replica 0 made the claim while it recovered, nobody but a liar ever heard of it, and it took a
   * lower incarnation in the end.
   */
  @Test
  void whoShowsWhatNobodyAcknowledgedIsLeftOutIfNothingFollowsElse() {
    parts.stops.install(1);
    leader.onStopData(3, parts.nothing(3, 1, 0, parts.facts.claim(0, 5)));
    leader.onStopData(0, parts.nothing(0, 1, 4));
    state(1);
    assertThat(syncs()).isZero();
    state(2);
    assertThat(syncs()).isEqualTo(3);
    assertThat(sent().entries()).hasSize(3);
  }

  @Test
  void aClaimThatItsClaimantDidNotSignIsRefused() {
    parts.stops.install(1);
    leader.onStopData(
        3, parts.nothing(3, 1, 0, new Claim(0, 1, parts.facts.claim(3, 1).signature())));
    assertThat(parts.facts.counted).contains(Event.BAD_STOPDATA);
  }

  /** What was collected for one regency says nothing in the next that this replica leads. */
  @Test
  void anotherRegencyBeginsAnew() {
    parts.stops.install(1);
    state(0, 1);
    parts.stops.install(5);
    leader.onStopData(3, parts.nothing(3, 5));
    assertThat(leader.describe()).isEqualTo(" entries of [3]");
    assertThat(syncs()).isZero();
  }
}
