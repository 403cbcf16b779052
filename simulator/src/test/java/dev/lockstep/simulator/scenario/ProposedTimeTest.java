package dev.lockstep.simulator.scenario;

import static dev.lockstep.simulator.scenario.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.script.Call;
import dev.lockstep.simulator.script.Puppet;
import dev.lockstep.simulator.script.SimCluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Counterexample T9. The leader proposes a batch with a time ten years ahead: nobody writes it, and
 * the next leader serves the client. A time that was in order when the batch was first proposed is
 * never compared with a clock again: once the value is bound, it is decided however late.
 */
class ProposedTimeTest {
  private static final int LEADER = 0;
  private static final List<Integer> OTHERS = List.of(1, 2, 3);
  private static final long I = 2;
  private static final long TEN_YEARS = 10L * 365 * 24 * 3600 * SECOND;

  private SimCluster cluster;
  private Puppet leader;
  private Call call;
  private Message.Propose honest;

  private void start(Variant variant) {
    cluster = SimCluster.withReplicas(4).puppet(LEADER).variant(variant).start();
    leader = cluster.puppet(LEADER);
    leader.lets(any -> true);
    var alice = Scenario.client(cluster, "alice");
    leader.lets(any -> false);
    call = alice.submit(KvOperation.put(1, 5));
    cluster.runFor(5_000);
    honest = Scenario.proposal(leader.swallowed(), I, 0);
  }

  private void propose(long ahead) {
    Batch.Header h = honest.batch().header();
    Batch batch =
        new Batch(
            new Batch.Header(
                h.view(), I, h.timestampMicros() + ahead, h.nonceSeed(), 0, h.ancestor()),
            honest.batch().references());
    leader.send(OTHERS, new Message.Propose(I, 0, batch, honest.inlined()));
    leader.send(OTHERS, new Message.Write(I, 0, batch.digest()));
  }

  @Test
  void nobodyWritesABatchFromTheFuture() {
    start(Variant.standard());
    propose(TEN_YEARS);
    cluster.runUntil(call::hasResult, SECOND);
    assertThat(cluster.sent(Scenario.vote(I, 0).and(said -> !said.isFrom(LEADER)))).isEmpty();
    assertThat(Scenario.regency(cluster)).isEqualTo(1);
    cluster.finish();
  }

  @Test
  void orderedTimeRunsAwayIfTheClockIsNotCompared() {
    assertThatThrownBy(
            () -> {
              start(Broken.mutant("clock-not-compared"));
              propose(TEN_YEARS);
              cluster.runFor(SECOND);
            })
        .isInstanceOfSatisfying(
            Violation.class, found -> assertThat(found.check()).isEqualTo("I11"));
  }

  @Test
  void aBoundValueIsDecidedEvenWhenItsTimeIsLongPast() {
    start(Variant.standard());
    cluster.drop(Scenario.accept(I, 0));
    propose(0);
    cluster.runUntil(() -> OTHERS.stream().allMatch(id -> Scenario.hasLocked(cluster, id, I, 0)));
    for (int replica : OTHERS) {
      cluster.replica(replica).pause();
    }
    cluster.runFor(30 * SECOND);
    for (int replica : OTHERS) {
      cluster.replica(replica).resume();
    }
    cluster.runUntilDelivered(I);
    assertThat(Scenario.decidedDigest(cluster, 1, I)).isEqualTo(honest.batch().digest());
    assertThat(Scenario.decided(cluster, 1, I).certificate().regency()).isPositive();
    cluster.finish();
  }
}
