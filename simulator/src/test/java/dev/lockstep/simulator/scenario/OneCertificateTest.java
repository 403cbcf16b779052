package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Envelope;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import dev.lockstep.simulator.script.SimClusterBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample S2, W = 2. Instance c+1 is decided above a gap: the proposal for c reached nobody.
 * The follower A claims to have delivered c+1 and shows the genuine certificate of c+1, to each new
 * leader before anybody else speaks. Believed, that would put c below the range of SYNC, where
 * nobody may propose it: the group would be stuck with correct leaders and one liar. A claim must
 * carry the certificates of all of (ld - W, ld].
 */
class OneCertificateTest {
  private static final int A = 3;
  private static final List<Integer> OTHERS = List.of(0, 1, 2);

  /** What the liar puts in the place of c, of which there is no certificate. */
  private enum Claim {
    LEFT_OUT,
    MADE_UP
  }

  private SimCluster cluster;
  private Puppet a;
  private Call gap;
  private Call above;
  private long c;

  private void play(SimClusterBuilder builder) {
    cluster = builder.window(2).puppet(A).start();
    a = cluster.puppet(A);
    a.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    var bob = Scenario.client(cluster, "bob");
    c = Scenario.last(cluster) + 1;
    cluster.drop(Scenario.propose(c, 0));
    gap = alice.submit(KvOperation.put(1, 1));
    cluster.runUntil(() -> !cluster.sent(Scenario.propose(c, 0)).isEmpty());
    above = bob.submit(KvOperation.put(2, 2));
    cluster.runUntil(() -> acceptsAbove().size() >= 3);
    a.lets(any -> false);
  }

  private List<Certificate.Vote> acceptsAbove() {
    List<Certificate.Vote> votes = new ArrayList<>();
    for (Envelope said : cluster.sent(Scenario.accept(c + 1, 0))) {
      if (votes.stream().noneMatch(vote -> said.isFrom(vote.replica()))) {
        Message.Accept accept = (Message.Accept) said.message();
        votes.add(new Certificate.Vote(said.from(), accept.signature()));
      }
    }
    return votes;
  }

  /** Lets time pass, and has A claim in each regency that begins, before the others can. */
  private void keepClaiming(Claim how, long micros) {
    Digest digest = Scenario.proposal(cluster.sent(), c + 1, 0).batch().digest();
    Certificate genuine = new Certificate(c + 1, 0, digest, acceptsAbove());
    List<Testimony.Decided> prefix = new ArrayList<>();
    if (how == Claim.MADE_UP) {
      prefix.add(new Testimony.Decided(c, new Digest(1, 2, 3, 4)));
    }
    prefix.add(new Testimony.Decided(c + 1, digest));
    long claimed = 0;
    for (long until = cluster.now() + micros; cluster.now() < until; cluster.runFor(2_000)) {
      if (Scenario.regency(cluster) < claimed) {
        continue;
      }
      claimed++;
      int leader = cluster.view().leader(claimed);
      a.send(OTHERS, new Message.Stop(claimed));
      if (leader != A) {
        a.send(
            leader,
            Scenario.claim(cluster, A, claimed, c + 1, prefix, List.of(), List.of(genuine)));
      }
    }
  }

  private void assertThatTheGapIsFilledInTheFirstRegency() {
    assertThat(cluster.replica(1).count(Event.BAD_STOPDATA)).isPositive();
    assertThat(Scenario.decided(cluster, 1, c).batch().references()).isEmpty();
    assertThat(Scenario.decided(cluster, 1, c).certificate().regency()).isEqualTo(1);
    assertThat(gap.hasResult()).isTrue();
    assertThat(above.hasResult()).isTrue();
    cluster.finish();
  }

  @Test
  void aClaimThatLeavesTheGapOutIsRemovedAndTheGapIsFilled() {
    play(SimCluster.withReplicas(4));
    keepClaiming(Claim.LEFT_OUT, SECOND);
    assertThatTheGapIsFilledInTheFirstRegency();
  }

  @Test
  void aClaimThatMakesUpADecisionForTheGapIsRemovedAndTheGapIsFilled() {
    play(SimCluster.withReplicas(4));
    keepClaiming(Claim.MADE_UP, SECOND);
    assertThatTheGapIsFilledInTheFirstRegency();
  }

  @Test
  void theGroupIsStuckIfOneCertificateProvesAPrefix() {
    play(
        SimCluster.withReplicas(4).variant(Broken.mutant("prefix-by-one-certificate")).unchecked());
    keepClaiming(Claim.LEFT_OUT, 5 * SECOND);
    assertThat(Scenario.regency(cluster)).isGreaterThan(1);
    for (int replica : OTHERS) {
      assertThat(cluster.replica(replica).lastDelivered()).isEqualTo(c - 1);
    }
    assertThat(gap.hasResult()).isFalse();
    assertThat(above.hasResult()).isFalse();
  }
}
