package dev.lockstep.protocol.replica.ordering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.message.Message.Propose;
import dev.lockstep.protocol.view.Views;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProposerTest {
  private final Parts leader = new Parts(0, Views.byzantine(4, 1, 2));
  private final Proposer proposer = leader.proposer;

  private List<Propose> proposals() {
    return leader.facts.sent(Propose.class);
  }

  @Test
  void nothingIsProposedWhenNothingWaits() {
    assertThat(proposer.maybePropose()).isFalse();
    assertThat(leader.facts.sent).isEmpty();
  }

  @Test
  void whatWaitsIsProposedOnce() {
    leader.offer(Parts.request(1));
    leader.offer(Parts.request(2));
    assertThat(proposer.maybePropose()).isTrue();
    assertThat(proposer.maybePropose()).isFalse();
    assertThat(proposals()).hasSize(1);
    Propose propose = proposals().get(0);
    assertThat(propose.instance()).isEqualTo(1);
    assertThat(propose.batch().references()).hasSize(2);
    assertThat(propose.inlined()).as("small bodies come along").hasSize(2);
  }

  @Test
  void theLeaderVotesForItsOwnProposal() {
    leader.offer(Parts.request(1));
    proposer.maybePropose();
    assertThat(leader.facts.consensus(1).votedIn()).isZero();
    assertThat(leader.facts.persisted).hasSize(1);
  }

  @Test
  void onlyTheLeaderProposes() {
    Parts follower = new Parts(1, Views.byzantine(4, 1, 2));
    follower.offer(Parts.request(1));
    assertThat(follower.proposer.maybePropose()).isFalse();
  }

  @Test
  void aLeaderThatIsNotSyncedWaits() {
    leader.offer(Parts.request(1));
    leader.facts.regency.install(4);
    assertThat(proposer.maybePropose()).isFalse();
  }

  @Test
  void theNextBatchMayFillWhileOneIsUnderWay() {
    leader.offer(Parts.request(1));
    proposer.maybePropose();
    leader.offer(Parts.request(2));
    assertThat(proposer.maybePropose()).isFalse();
    assertThat(proposer.batchDue()).isEqualTo(Parts.PAUSE_MICROS);
    leader.facts.advance(Parts.PAUSE_MICROS);
    assertThat(proposer.maybePropose()).isTrue();
    assertThat(proposals().get(1).instance()).isEqualTo(2);
  }

  @Test
  void noMoreThanAWindowIsProposed() {
    for (int client = 1; client <= 3; client++) {
      leader.offer(Parts.request(client));
      proposer.maybePropose();
      leader.facts.advance(Parts.PAUSE_MICROS);
    }
    assertThat(proposals()).hasSize(2);
  }

  /** RULES 19, 27. */
  @Test
  void emptyBatchesBringALearnerForwardAtABoundedRate() {
    leader.facts.advance(1);
    leader.facts.status(2, 0, 8);
    assertThat(proposer.maybePropose()).isTrue();
    assertThat(proposer.maybePropose()).isFalse();
    assertThat(proposer.fillerDue()).as("a timer says when").isEqualTo(1 + Parts.FETCH_MICROS);
    leader.facts.advance(Parts.FETCH_MICROS);
    assertThat(proposer.maybePropose()).isTrue();
    assertThat(proposals().get(1).batch().references()).isEmpty();
  }

  @Test
  void aLeaderThatMayHaveForgottenItsProposalsAbdicates() {
    leader.offer(Parts.request(1));
    proposer.abdicate();
    assertThat(proposer.maybePropose()).isFalse();
    assertThat(leader.facts.suspicions).hasSize(1);
  }

  @Test
  void aLeaderThatLearnsIsReplaced() {
    Parts follower = new Parts(1, Views.byzantine(4, 1, 2));
    follower.facts.status(0, 0, 8);
    follower.proposer.watchFillers();
    assertThat(follower.facts.suspicions).containsExactly("it lost its votes and cannot propose");
  }
}
