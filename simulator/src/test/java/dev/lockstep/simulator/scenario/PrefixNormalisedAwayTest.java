package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Message.StopData;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.MessageRule;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T2. B alone decided v at instance i in regency 0, C has locked it. The leader A of
 * regency 1 is Byzantine and sends a SYNC with the entries of B (which is beyond i), D and its own,
 * all of them valid, and proposes w at i. If A could declare that i-1 is the last decision, B's
 * entry would say nothing of i, and C and D would decide w. From the same entries the receivers
 * must draw that i is decided, by B's certificate.
 */
class PrefixNormalisedAwayTest {
  private static final int B = 0;
  private static final int A = 1;
  private static final int C = 2;
  private static final int D = 3;
  private static final long I = 2;

  private SimCluster cluster;
  private Call call;
  private MessageRule decisions;

  private void playUntilSync(Variant variant) {
    cluster = SimCluster.withReplicas(4).puppet(A).variant(variant).start();
    Puppet a = cluster.puppet(A);
    a.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    a.lets(
        said ->
            Scenario.write(I, 0).test(said) || (said.isTo(B) && Scenario.accept(I, 0).test(said)));
    cluster.drop(said -> said.isTo(D) && Scenario.vote(I, 0).or(Scenario.propose(I, 0)).test(said));
    decisions = cluster.hold(Scenario.decision());
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runUntil(() -> cluster.replica(B).lastDelivered() == I);
    assertThat(Scenario.hasLocked(cluster, C, I, 0)).isTrue();

    a.lets(any -> false);
    a.send(List.of(B, C, D), new Message.Stop(1));
    cluster.runUntil(() -> entryOf(B) != null && entryOf(D) != null);
    List<Certificate> certificates = new ArrayList<>(entryOf(B).certificates());
    certificates.addAll(entryOf(D).certificates());
    Message.Sync sync =
        Scenario.makeSync(
            cluster,
            A,
            1,
            List.of(
                entryOf(B).testimony(),
                entryOf(D).testimony(),
                Scenario.neverVoted(cluster, A, 1, I - 1, D).testimony()),
            certificates);
    Batch w = Scenario.rival(Scenario.proposal(cluster.sent(), I, 0).batch(), 1);
    List<Integer> victims = List.of(C, D);
    a.send(victims, sync);
    a.send(victims, new Message.Propose(I, 1, w, List.of()));
    a.send(victims, new Message.Write(I, 1, w.digest()));
    a.send(victims, a.accept(0, I, 1, w.digest()));
  }

  private StopData entryOf(int replica) {
    for (Message.ReplicaMessage message : cluster.puppet(A).received()) {
      if (message instanceof StopData data && data.testimony().core().replica() == replica) {
        return data;
      }
    }
    return null;
  }

  @Test
  void receiversDrawFromTheEntriesThatTheInstanceIsDecided() {
    playUntilSync(Variant.standard());
    cluster.runFor(TIMEOUT / 4);
    assertThat(cluster.replica(C).isSynced()).isTrue();
    assertThat(cluster.replica(D).isSynced()).isTrue();
    assertThat(cluster.sent(Scenario.write(I, 1).and(said -> !said.isFrom(A)))).isEmpty();

    decisions.release();
    cluster.runUntil(call::hasResult);
    cluster.runUntilDelivered(I);
    var v = Scenario.proposal(cluster.sent(), I, 0).batch().digest();
    for (int replica : List.of(B, C, D)) {
      assertThat(Scenario.decidedDigest(cluster, replica, I)).isEqualTo(v);
    }
    cluster.finish();
  }

  @Test
  void aDecidedValueIsLostIfThePrefixIsNotTheHighestThatTheEntriesProve() {
    assertThatThrownBy(
            () -> {
              playUntilSync(Broken.mutant("leader-chooses-prefix"));
              cluster.runFor(TIMEOUT);
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("HALT"));
  }
}
