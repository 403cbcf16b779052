package dev.lockstep.protocol.replica.ordering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message.Propose;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.replica.facts.Facts;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.rules.SelectionRule.Choice;
import dev.lockstep.protocol.rules.SelectionRule.Kind;
import dev.lockstep.protocol.rules.SelectionRule.Outcome;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VoterTest {
  private final Parts parts = new Parts(1, Views.byzantine(4, 1, 4));
  private final Facts facts = parts.facts;
  private final Voter voter = parts.voter;

  private Batch batch(long instance, long inRegency, long timestamp, Request... requests) {
    Batch empty = facts.emptyBatch(instance, inRegency);
    Batch.Header header = empty.header();
    return new Batch(
        new Batch.Header(
            header.view(), instance, timestamp, header.nonceSeed(), inRegency, header.ancestor()),
        List.of(requests).stream().map(Request::reference).toList());
  }

  private Slot propose(Batch batch) {
    long inRegency = batch.header().proposedInRegency();
    voter.onPropose(0, new Propose(batch.instance(), inRegency, batch, List.of()));
    return facts.window.slotOrNull(batch.instance());
  }

  @Test
  void aValidProposalIsVotedFor() {
    Slot slot = propose(batch(1, 0, Facts.WALL));
    assertThat(slot.consensus.votedIn()).isZero();
    assertThat(facts.persisted).as("durable before it leaves").hasSize(1);
    assertThat(facts.sent).isEmpty();
  }

  @Test
  void aProposalWhoseBodyIsMissingWaitsForIt() {
    Request request = Parts.request(1);
    Slot slot = propose(batch(1, 0, Facts.WALL, request));
    assertThat(slot.consensus.votedIn()).isNegative();
    assertThat(slot.nextFetch).isPositive();
    parts.offer(request);
    voter.advance();
    assertThat(slot.consensus.votedIn()).isZero();
    assertThat(slot.nextFetch).isZero();
  }

  @Test
  void onlyWhatWasTouchedIsLookedAtAgain() {
    Request awaited = Parts.request(1);
    propose(batch(1, 0, Facts.WALL, awaited));
    propose(batch(2, 0, Facts.WALL, Parts.request(2)));
    voter.advance();
    parts.looks.clear();
    voter.advance();
    assertThat(parts.looks).as("nothing was touched").isEmpty();
    parts.offer(Parts.request(3));
    voter.advance();
    assertThat(parts.looks).as("a request that no value names").isEmpty();
    parts.offer(awaited);
    voter.advance();
    assertThat(parts.looks).containsExactly(1L);
    facts.work.touchAll();
    voter.advance();
    assertThat(parts.looks).containsExactly(1L, 2L);
  }

  @Test
  void aBodyThatSeveralValuesNameTouchesAll() {
    Request shared = Parts.request(1);
    propose(batch(1, 0, Facts.WALL, shared));
    propose(batch(2, 0, Facts.WALL, shared));
    voter.advance();
    parts.looks.clear();
    parts.offer(shared);
    voter.advance();
    assertThat(parts.looks).containsExactly(1L, 2L);
  }

  @Test
  void aWrongClockIsNoReasonToSuspect() {
    long far = facts.view.limits().clockBoundMicros() + 1;
    Slot slot = propose(batch(1, 0, Facts.WALL + far));
    assertThat(slot.consensus.votedIn()).isNegative();
    assertThat(facts.counted).contains(Event.WAITING_PROPOSAL);
    assertThat(facts.suspicions).isEmpty();
  }

  @Test
  void aMalformedProposalIsOneToSuspect() {
    Batch good = batch(1, 0, Facts.WALL);
    Batch bad =
        new Batch(
            new Batch.Header(
                9, 1, Facts.WALL, good.header().nonceSeed(), 0, good.header().ancestor()),
            List.of());
    propose(bad);
    assertThat(facts.suspicions).containsExactly("its proposal is malformed");
    assertThat(facts.window.slotOrNull(1).proposal).isNull();
  }

  @Test
  void aSecondProposalIsCountedAndIgnored() {
    Slot slot = propose(batch(1, 0, Facts.WALL));
    propose(batch(1, 0, Facts.WALL + 1));
    assertThat(facts.counted).containsExactly(Event.DOUBLE_PROPOSE);
    assertThat(slot.values).hasSize(1);
  }

  @Test
  void anEarlyProposalWaitsForTheWindow() {
    Slot slot = propose(batch(5, 0, Facts.WALL));
    assertThat(slot.proposal).isNull();
    facts.append();
    facts.work.touchAll();
    voter.advance();
    assertThat(slot.proposal).as("its ancestor is another one now").isNull();
    assertThat(slot.early).isNull();
    assertThat(facts.suspicions).hasSize(1);
  }

  @Test
  void aProposalOfTheNextRegencyWaitsForItsSync() {
    Slot slot = propose(batch(1, 2, Facts.WALL));
    facts.regency.install(2);
    voter.onInstalled(2);
    voter.advance();
    assertThat(slot.proposal).isNull();
    facts.regency.sync(new Outcome(0, 0, new TreeMap<>()));
    voter.onSynced(List.of());
    voter.advance();
    assertThat(slot.consensus.votedIn()).isEqualTo(2);
  }

  @Test
  void aRequestThatIsDecidedElsewhereIsNotVotedForAgain() {
    Request request = Parts.request(1);
    parts.offer(request);
    Batch other = batch(2, 0, Facts.WALL, request);
    Slot decided = facts.window.open(2);
    facts.values.add(decided, other);
    decided.consensus.decide(Facts.certificate(other));
    Slot slot = propose(batch(1, 0, Facts.WALL, request));
    assertThat(slot.consensus.votedIn()).isNegative();
    assertThat(facts.counted).contains(Event.WAITING_PROPOSAL);
  }

  @Test
  void anInstalledRegencyVoidsWhatWasProposed() {
    Slot slot = propose(batch(1, 0, Facts.WALL + facts.view.limits().clockBoundMicros() + 1));
    facts.regency.install(1);
    voter.onInstalled(1);
    assertThat(slot.proposal).isNull();
    assertThat(slot.values).as("it wrote nothing").isEmpty();
  }

  @Test
  void whatThisReplicaWroteStays() {
    Slot slot = propose(batch(1, 0, Facts.WALL));
    facts.regency.install(1);
    voter.onInstalled(1);
    assertThat(slot.values).hasSize(1);
  }

  @Test
  void whatSyncBoundIsVotedForAndHolesAreFilled() {
    Batch bound = batch(2, 0, Facts.WALL);
    facts.regency.install(1);
    voter.onInstalled(1);
    facts.regency.sync(
        new Outcome(
            0,
            2,
            new TreeMap<>(
                Map.of(
                    1L, new Choice(Kind.NOOP, null), 2L, new Choice(Kind.BOUND, bound.digest())))));
    voter.onSynced(List.of());
    voter.advance();
    assertThat(facts.consensus(1).votedIn()).isEqualTo(1);
    assertThat(facts.consensus(2).votedIn()).as("the value is missing").isNegative();
    assertThat(facts.window.open(2).nextFetch).isPositive();
    parts.decisions.onValue(bound);
    voter.advance();
    assertThat(facts.consensus(2).votedFor()).isEqualTo(bound.digest());
  }
}
